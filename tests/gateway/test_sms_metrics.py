"""What Prometheus reads of SMS."""

from datetime import timedelta

from gateway.metrics import Metrics
from sms.ports import Observer
from sms.records.books import QueueNow
from sms.states import MessageState


def test_the_page_says_how_much_was_sent_how_fast_it_arrived_and_what_it_cost():
    metrics = Metrics()
    observer: Observer = metrics.sms
    observer.sent("at", "az", 2, 9000)
    observer.sent("at", "az", 1, 4500)
    observer.sent("kannel", "ar", 3, 0)
    for seconds in (3.0, 9.9, 59.0, 400.0):
        observer.delivered("at", "az", seconds)
    observer.ended("at", MessageState.DELIVERED)
    observer.ambiguous("at")
    observer.refused("at", "bad_number")
    observer.not_sent("at", "a sentence of theirs", False)
    observer.report("at", "contradicted")
    observer.weighed("at", 90, False)
    observer.weighed("kannel", 100, True)
    metrics.sms.counts_in("XOF")
    metrics.sms.queue(QueueNow(7, 2, timedelta(seconds=12)))
    page = metrics.page().decode()
    for line in (
        'guichet_sms_sent_total{language="az",provider="at"} 2.0',
        'guichet_sms_parts_total{language="az",provider="at"} 3.0',
        'guichet_sms_spend_millis_total{language="az",provider="at"} 13500.0',
        'guichet_sms_parts_total{language="ar",provider="kannel"} 3.0',
        'guichet_sms_delivered_seconds_bucket{language="az",le="10.0",provider="at"} 2.0',
        'guichet_sms_delivered_seconds_bucket{language="az",le="60.0",provider="at"} 3.0',
        'guichet_sms_delivered_seconds_count{language="az",provider="at"} 4.0',
        'guichet_sms_ended_total{provider="at",state="delivered"} 1.0',
        'guichet_sms_ambiguous_total{provider="at"} 1.0',
        'guichet_sms_refused_total{provider="at",why="bad_number"} 1.0',
        'guichet_sms_not_sent_total{account="no",provider="at"} 1.0',
        'guichet_sms_reports_total{provider="at",verdict="contradicted"} 1.0',
        'guichet_sms_provider_weight{provider="at"} 90.0',
        'guichet_sms_provider_weight{provider="kannel"} 0.0',
        'guichet_sms_queued{due="now"} 7.0',
        "guichet_sms_oldest_seconds 12.0",
        'guichet_currency_minor_units{currency="XOF"} 1.0',
    ):
        assert line in page
    assert "sentence" not in page
