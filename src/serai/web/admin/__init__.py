"""Pages for those who keep the house: its organisation, its people, and how it is."""
