"""What Matters: one shared record of what matters to a person, in their own words."""
