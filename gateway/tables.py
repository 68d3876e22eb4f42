"""Every room's tables, gathered on storage's MetaData so that migrations see them all."""

import mail.tables
import mobile_api.tables
import services.records.agent_tables
import services.records.known_tables
import services.records.office_tables
import services.records.operation_tables
import services.records.satisfaction_tables
import services.records.sign_in_tables
import services.records.staff_tables
import services.records.stop_tables
import services.records.tables
import services.records.visit_tables
import sms.tables
import storage.tables
import ussd_menus.tables
from storage.metadata import METADATA

__all__ = ["METADATA"]
