from msgspec.structs import replace

from bench.results import Result, Row, history, read, shown, table, version_key, written

ROW = Row(group="whole", name="EVE", value=1.25e-5, unit="us", per="connection", count=10, ratio=12)
RESULT = Result(version="0.1.0", lines=10, machine={"cpu_model_name": "any"}, rows=(ROW,))


def test_what_is_kept_is_read_again(tmp_path):
    kept = tmp_path / "0.1.0.json"
    kept.write_bytes(written(RESULT))

    assert read(kept) == RESULT


def test_what_is_kept_has_five_figures(tmp_path):
    kept = tmp_path / "0.1.0.json"
    kept.write_bytes(written(replace(RESULT, rows=(replace(ROW, value=1.23456789e-5),))))

    assert read(kept).rows[0].value == 1.2346e-5


def test_the_history_goes_by_version_and_leaves_growth_out(tmp_path):
    for version in ("0.10.0", "0.9.0"):
        result = replace(RESULT, version=version)
        (tmp_path / f"{version}.json").write_bytes(written(result))
        (tmp_path / f"growth-{version}.json").write_bytes(written(result))

    assert [result.version for result in history(tmp_path)] == ["0.9.0", "0.10.0"]
    assert version_key("0.9.0") < version_key("0.10.0")


def test_seconds_are_shown_in_the_unit_of_the_row():
    assert shown(ROW) == "12.5 µs a connection"
    assert shown(replace(ROW, value=3 * 2**20, unit="MiB", per="run")) == "3 MiB a run"


def test_a_table_has_a_column_of_ratios_where_a_row_has_one():
    assert "times bare decode" in next(table([ROW]))
    assert "times bare decode" not in next(table([replace(ROW, ratio=None)]))
