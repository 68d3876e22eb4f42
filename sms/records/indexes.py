"""What the blind indexes of SMS are of: the same in every table, so that rows find each other."""

RECIPIENT = "sms_recipient"
SUBJECT = "sms_subject"
LANE = "sms_lane"
ABOUT = "sms_about"
