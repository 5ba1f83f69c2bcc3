"""An EOS configuration: which lines there are, how they are taken and shown, and what they mean."""
