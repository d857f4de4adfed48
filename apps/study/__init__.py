"""The parts of the study page: forms as people see them, schedule, checks, code lists, versions."""
