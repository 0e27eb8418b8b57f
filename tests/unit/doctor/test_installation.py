import pytest

from netheed.doctor.installation import Care, Installation, found
from tests.installed_zeek import Pretended


def only(here: Pretended, prefix: str | None = None) -> Installation:
    (zeek,) = found(here.machine(), prefix)
    return zeek


@pytest.mark.parametrize("prefix", ["/opt/zeek", "/usr/local/zeek"])
def test_zeek_is_found_where_packages_and_builds_put_it(tmp_path, prefix):
    here = Pretended(tmp_path, prefix)
    here.install("8.0.10")

    assert (only(here).prefix, only(here).version) == (prefix, (8, 0))


def test_a_prefix_is_the_only_place_that_is_looked_at(tmp_path):
    here = Pretended(tmp_path)
    here.install("8.0.10")
    here.prefix = "/home/me/zeek"
    here.install("9.0.0-rc1")

    assert only(here, "/home/me/zeek").said == "9.0.0-rc1"
    assert list(found(here.machine(), "/home/you/zeek")) == []


@pytest.mark.parametrize(
    ("said", "version"),
    [("7.0.11", (7, 0)), ("8.1.0-dev.12", (8, 1)), ("9.0.0-rc1", (9, 0)), ("none", None)],
)
def test_the_version_is_read_as_zeek_says_it(tmp_path, said, version):
    here = Pretended(tmp_path)
    here.install(said)

    assert only(here).version == version


def test_a_zeek_that_cannot_be_run_has_no_version(tmp_path):
    here = Pretended(tmp_path)
    here.install("8.0.10")
    here.says.clear()

    assert only(here).version is None


def test_zeek_config_says_where_the_site_is(tmp_path):
    here = Pretended(tmp_path)
    here.install("8.0.10")
    here.write("/opt/zeek/bin/zeek-config", mode=0o755)
    here.says["/opt/zeek/bin/zeek-config --site_dir"] = "/etc/zeek/site\n"
    here.says["/opt/zeek/bin/zeek-config --python_dir"] = "not a path"

    assert only(here).local == "/etc/zeek/site/local.zeek"
    assert only(here).python == "/opt/zeek/lib/zeek/python"


def test_who_starts_zeek_follows_from_its_files(tmp_path):
    here = Pretended(tmp_path)
    here.install("9.0.0")
    alone = only(here).care
    here.write("/opt/zeek/etc/zeek/zeek.conf")
    by_systemd = only(here).care
    here.nodes("standalone")

    assert [alone, by_systemd, only(here).care] == [Care.ALONE, Care.SYSTEMD, Care.ZEEKCTL]


def test_a_distributions_zeek_is_configured_in_etc(tmp_path):
    here = Pretended(tmp_path, "/usr")
    here.install("8.0.10")
    here.write("/etc/zeek/node.cfg", "[zeek]\ntype=standalone\n")

    assert only(here).nodes() == ["standalone"]


def test_a_comment_loads_and_redefines_nothing(tmp_path):
    here = Pretended(tmp_path)
    here.install(
        "8.0.10",
        local="""
        # @load packages
        @load misc/scan  # @load netheed
        #redef Netheed::listen_port = 1/tcp;
        @load ./packages/netheed/
        """,
    )

    assert only(here).loaded() == {"misc/scan", "packages/netheed"}
    assert only(here).redefined("Netheed::listen_port") is None


def test_the_last_redefinition_counts(tmp_path):
    here = Pretended(tmp_path)
    here.install("8.0.10", local="redef A::b = 1;\nredef A::b=2 ;\nredef A::bc = 3;")

    assert only(here).redefined("A::b") == "2"


def test_a_site_without_a_script_loads_nothing(tmp_path):
    here = Pretended(tmp_path)
    here.install("8.0.10")
    (tmp_path / "opt/zeek/share/zeek/site/local.zeek").unlink()

    assert (only(here).script(), only(here).loaded()) == (None, set())


def test_the_keys_of_zeekctl_have_no_case(tmp_path):
    here = Pretended(tmp_path)
    here.install("8.1.0")
    here.write("/opt/zeek/etc/zeekctl.cfg", "# LogDir = /no\nlogdir = /data/zeek logs \n")

    assert only(here).control("LogDir") == "/data/zeek logs"
    assert only(here).control("SpoolDir") is None


def test_the_nodes_are_those_of_zeekctl(tmp_path):
    here = Pretended(tmp_path)
    here.install("8.1.0")
    here.nodes("manager", "worker")

    assert only(here).nodes() == ["manager", "worker"]


@pytest.mark.parametrize("text", ["type=manager", "[a\n", "\0\x1b[2J"])
def test_what_is_no_list_of_nodes_is_none(tmp_path, text):
    here = Pretended(tmp_path)
    here.install("8.1.0")
    here.write("/opt/zeek/etc/node.cfg", text)

    assert only(here).nodes() is None
