"""`make features`: the page that defines each number of a vector."""

from collections.abc import Collection, Iterator, Mapping

from netheed.core.hour_vector import AROUND, HOURS
from netheed.core.life_vector import CALLS, CONTEXT
from netheed.core.vector import FEATURES, Feature
from netheed.model.life import HOUR_LIFE, PAIR_LIFE

INTRODUCTION = """\
# Features

What netheed knows of a host in a window of one minute, in the order of the vector. Made by
`make features` from `plugin/netheed/core/vector.py`.

- A **host** is the local end of a connection; where neither end is local, it is the end that
  began. A group is no host.
  A connection counts in the window in which it ended, once for each end that is a host.
- A **group** is a multicast, broadcast or unspecified address. An **external** peer is neither
  local nor a group.
- **Ports** and **services** are those of the side that did not begin. A service is DNS, web,
  log-in, files, mail, infrastructure, other or unknown: by the sensor's word for it, else by its
  port.
- A connection is **unanswered** when nothing came back, **refused** when a TCP reset answered its
  SYN, **aborted** when TCP was established and then reset or closed by one side only, **partial**
  when the sensor did not see it from its start or saw one direction only.
- A **destination** is a peer with a port. A **pair** is the host with a destination and a protocol,
  in connections that the host began with no group. A pair's **gaps** are the times from one of its
  starts to the next, those below one second left out. The **most regular pair** is the one of this
  window with the most regular gaps; many gaps and connections of one size count in its favour.
- What **fades** over a time is multiplied by exp(-elapsed / time).
- Bytes are those of IP packets. A count of bytes or packets that the sensor did not tell is nothing
  in sums and left out of medians and spreads, and so is a duration. Of nothing, every value is 0.
- Memory is bounded: what was forgotten to make room, or did not fit, is new again.

| feature | unit | in a notice | what it is |
|---|---|---|---|
"""

PAIRS = """
## The life of a pair

Made from `plugin/netheed/core/life_vector.py`. A pair's **life** begins with its third connection,
or with one of half an hour or more. It is looked at when its connections have become half as many
again, once in every hour with one, and at each long one. Of each of its last twelve connections:

| feature | unit | in a notice | what it is |
|---|---|---|---|
"""
BESIDE = """
And what is known beside; a notice that a pair's life has raised names what the model reads of these
("not read" is said of models trained since; one made before may read it):

| feature | unit | in a notice | what it is |
|---|---|---|---|
"""
HOURLY = """
## The hours of a host

Made from `plugin/netheed/core/hour_vector.py`. A host's **hours** are the hours of the clock in
which it was active: the running one and up to seven before it. They are looked at when the running
hour has come to 1, 2, 4, 8, 16, 32 and 60 active minutes, and when remote administration of another
host begins. An **inside** peer is local and no group;
ports of **remote administration** are 22, 135, 139, 445, 3389, 5900, 5985 and 5986. Of each hour:

| feature | unit | in a notice | what it is |
|---|---|---|---|
"""
KNOWN = """
And what is known beside; averages are of log(1 + x), over the hours before the running one. The
last four are of Zeek's smb_mapping, dce_rpc, kerberos and ntlm logs or Suricata's smb, dcerpc and
krb5 events. An administrative share is ADMIN$ or a drive's; a **remote call** is one of
`plugin/netheed/sources/decode/remote_calls.py`; an error of Kerberos that only asks for a proof, a
new ticket or another service refuses nobody.

| feature | unit | in a notice | what it is |
|---|---|---|---|
"""


def page() -> Iterator[str]:
    """The lines of docs/features.md."""
    yield INTRODUCTION.rstrip("\n")
    yield from _rows(FEATURES)
    yield PAIRS.rstrip("\n")
    yield from _rows(CALLS)
    yield BESIDE.rstrip("\n")
    yield from _rows(CONTEXT, PAIR_LIFE.unread)
    yield HOURLY.rstrip("\n")
    yield from _rows(HOURS)
    yield KNOWN.rstrip("\n")
    yield from _rows(AROUND, HOUR_LIFE.unread)


def _rows(features: Mapping[str, Feature], unread: Collection[str] = ()) -> Iterator[str]:
    for name, (unit, words, meaning) in features.items():
        more = " Not read by the model." if name in unread else ""
        yield f"| `{name}` | {unit} | {words} | {meaning}{more} |"


if __name__ == "__main__":
    print("\n".join(page()))
