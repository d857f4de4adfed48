"""What is written on the forms of KET-TRD-301 about a simulated subject: one file a kind of form."""
