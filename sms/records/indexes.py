"""What the blind indexes of SMS are of: the same in every table, so that rows find each other."""

from domain.msisdn import Msisdn

RECIPIENT = "sms_recipient"
SUBJECT = "sms_subject"
LANE = "sms_lane"
ABOUT = "sms_about"


def lane(number: Msisdn, subject: str) -> str:
    """What is indexed of a lane: all to that number about that subject goes out in its order."""
    return f"{number.e164}\0{subject}"
