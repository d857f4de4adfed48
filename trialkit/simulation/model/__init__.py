"""The people of KET-TRD-301 as a statistician would draw them: pure, seeded, and without any form."""
