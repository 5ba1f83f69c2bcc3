"""The lab as a whole: it is built, started, asked and stopped here."""
