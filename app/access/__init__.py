"""Floor 3: who asks, what they may do, and the record that they did it. Permits are made here."""
