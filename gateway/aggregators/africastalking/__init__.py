"""Africa's Talking: its USSD form, its replies, its history, its end-of-session event."""
