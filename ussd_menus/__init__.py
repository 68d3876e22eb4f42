"""Menus on a telephone's screen: their language, their engine, and the conversation over USSD."""
