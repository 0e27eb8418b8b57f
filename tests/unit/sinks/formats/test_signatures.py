from netheed.sinks.formats.signatures import signature


def test_a_signature_has_the_sid_and_the_text_that_were_shipped():
    assert signature("dns_tunnel") == (1900103, "NETHEED Anomalous host, looks like a DNS tunnel")


def test_a_kind_of_a_model_to_come_shares_the_unknown_one():
    assert signature("sabotage") == signature("unknown") == (1900100, "NETHEED Anomalous host")
