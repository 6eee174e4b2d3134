"""Figures in Prometheus's format."""

from __future__ import annotations

from webapp.metrics import Metrics, Reading


def test_counters_and_readings_stand_side_by_side() -> None:
    metrics = Metrics()
    metrics.answered("GET", "/api/v1/health", 200, 0.002)
    metrics.answered("BREW", "unmatched", 404, 0.002)
    metrics.booked("web")
    metrics.conflicted()

    text = metrics.text(
        [
            Reading("okoshko_outbox_messages", "Messages", 3, {"status": "queued"}),
            Reading("okoshko_hold_failures", "Holds that Redis could not take", 0),
            Reading("okoshko_outbox_messages", "Messages", 1, {"status": "dead"}),
        ]
    ).decode()

    assert 'okoshko_http_requests_total{method="GET",route="/api/v1/health",status="200"} 1.0' in text
    assert 'okoshko_http_requests_total{method="other",route="unmatched",status="404"} 1.0' in text
    assert 'okoshko_api_bookings_created_total{source="web"} 1.0' in text
    assert "okoshko_api_slot_conflicts_total 1.0" in text
    assert 'okoshko_outbox_messages{status="queued"} 3.0' in text
    assert 'okoshko_outbox_messages{status="dead"} 1.0' in text
    assert text.count("# TYPE okoshko_outbox_messages gauge") == 1
    assert "okoshko_hold_failures 0.0" in text
