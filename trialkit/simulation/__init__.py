"""A trial that never was, told as text: sites, people and what they did, through the same doors as a real one."""
