"""What a run of the sender did, as it is told."""

from digest.cli.report import deliver_lines, describe_deliver
from digest.jobs.deliver import DeliverReport
from digest.model import DeliveryState


def test_digests_that_were_too_late_are_told() -> None:
    report = DeliverReport(counts={DeliveryState.MISSED: 3})
    assert list(deliver_lines(report)) == ["3 missed"]
    assert describe_deliver(report)["missed"] == 3


def test_every_state_that_a_run_may_end_a_delivery_in_is_told() -> None:
    told = describe_deliver(DeliverReport())
    ends = set(DeliveryState) - {DeliveryState.QUEUED, DeliveryState.CLAIMED, DeliveryState.TRANSMITTING}
    assert {state.value for state in ends - {DeliveryState.SKIPPED}} <= told.keys()
