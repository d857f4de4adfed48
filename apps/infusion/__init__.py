"""The infusion session on the screen: the pump, the readings, what holds the dose and what lets the subject go."""
