"""The screens of trialkit and the door in front of them."""
