"""What only one device says of itself: taken out, and put back to the letter."""

from nornir_tasks.config.device_tokens import find_device_tokens, insert_placeholders, restore_tokens, select_used
from nornir_tasks.model import Stage
from tests.support import migration_plans as plans
from tests.support import small_region as small

WORDS = {"‹name›": "loppa-acc-01", "‹address›": "10.17.0.1"}


def test_a_device_knows_its_words() -> None:
    """From the model: its name, its address, who is at the other end of a cable."""
    region = small.region()
    found = find_device_tokens(region.devices["loppa-acc-02"], region)
    assert found["‹name›"] == "loppa-acc-02"
    assert found["‹address›"] == "10.17.0.12"
    assert found["‹far end of 6›"] == "loppa-acc-01 GigabitEthernet1/0/5"


def test_words_are_taken_out_where_they_stand_alone() -> None:
    """Half of another address, or of another name, is none."""
    text = '+ hostname "loppa-acc-01"\n+ ip address 10.17.0.1/21\n+ x 10.17.0.11 110.17.0.1 10.17.0.1.5 loppa-acc-011\n'
    assert insert_placeholders(text, WORDS) == (
        '+ hostname "‹name›"\n+ ip address ‹address›/21\n+ x 10.17.0.11 110.17.0.1 10.17.0.1.5 loppa-acc-011\n'
    )


def test_the_longest_word_wins() -> None:
    """A legacy name may hold the name of the site."""
    words = {"‹site›": "skole", "‹old name›": "SW-skole-01"}
    assert (
        insert_placeholders("- hostname SW-skole-01\n- location skole\n", words)
        == "- hostname ‹old name›\n- location ‹site›\n"
    )


def test_a_diff_that_has_such_marks_already_is_left_alone() -> None:
    """It could not be put back."""
    text = "+ description ‹name› loppa-acc-01\n"
    assert insert_placeholders(text, WORDS) == text


def test_every_real_diff_is_put_back_to_the_letter() -> None:
    """All stages of Loppa; and there is something to put back."""
    region, marked = plans.region(), 0
    for stage in list(Stage)[1:]:
        for device in plans.legacy("loppa"):
            text = plans.diff(device, "loppa", stage.before, stage)
            words = find_device_tokens(region.devices[device], region)
            neutral = insert_placeholders(text, words)
            marked += bool(select_used(neutral, words))
            assert restore_tokens(neutral, words) == text
    assert marked > 20


def test_devices_that_are_told_the_same_are_found() -> None:
    """Three ProCurve switches of Loppa connect in the same way, each with its own name and address."""
    region = plans.region()
    texts = [plans.diff(device, "loppa", Stage.SURVEY, Stage.CONNECT) for device in ("loppa-acc-07", "loppa-acc-08")]
    assert texts[0] != texts[1]
    devices = [region.devices[name] for name in ("loppa-acc-07", "loppa-acc-08")]
    neutral = {
        insert_placeholders(text, find_device_tokens(device, region))
        for text, device in zip(texts, devices, strict=True)
    }
    assert len(neutral) == 1
