"""The app's channel: operations declared once, from which both the routes and the OpenAPI document are made."""
