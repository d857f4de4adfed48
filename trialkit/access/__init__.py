"""Who may do what, where, and see which class of value: people, roles, the gate, sign-in (21 CFR 11.10(d), (g))."""
