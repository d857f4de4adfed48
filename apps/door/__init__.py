"""The door in front of the screens: who comes in, what is signed, what is carried out (21 CFR 11.10(d), 11.200)."""
