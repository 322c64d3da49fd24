"""On Ray: each step once; a worker that is killed or a node that is removed costs no more than the step it was at."""

import os
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import faults_victim
import msgspec
import pytest
import studies_fakes
from studies_fakes import counting, failing, log, logged, slow

from xstilts.errors import BadStore, XstiltsError
from xstilts.studies.planning.plan import Plan, plan
from xstilts.studies.records.store import Store
from xstilts.studies.working import cluster as clusters
from xstilts.studies.working.cluster import Cluster, cluster
from xstilts.studies.working.errand import Errand, Outcome
from xstilts.studies.working.progress import Event
from xstilts.studies.working.work import run

HERE = Path(__file__).parent


def test_where_to_run() -> None:
    assert cluster("ray") == Cluster()
    assert cluster("ray://auto", gpus=0.5) == Cluster(address="auto", gpus=0.5)
    assert cluster("ray://head:10001").address == "ray://head:10001"
    with pytest.raises(XstiltsError, match="'slurm'"):
        cluster("slurm")


def test_without_ray_it_says_how_to_get_it(planned: Plan, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(XstiltsError, match=r"Ray is not installed\. Install it: pip install 'xstilts\[ray\]'"):
        run(planned, store, do=slow, on=Cluster())


@pytest.fixture(scope="module")
def nodes() -> Iterator[Any]:
    """A cluster of several nodes on this machine, each with room for one step."""
    ray = pytest.importorskip("ray")
    from ray.cluster_utils import Cluster as Nodes

    paths = [str(HERE), str(HERE.parent / "studies"), *filter(None, os.environ.get("PYTHONPATH", "").split(":"))]
    small = {"num_cpus": 1, "object_store_memory": 100 * 2**20}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", ":".join(str(Path(path).absolute()) for path in paths))
        # Beside other work, processes at nice 15 do not come to anything.
        patch.setenv("RAY_worker_niceness", "0")
        found = Nodes(initialize_head=True, head_node_args={**small, "include_dashboard": False})
        ray.init(address=found.address, log_to_driver=False)
        yield lambda: found.add_node(**small), found
        ray.shutdown()
        found.shutdown()


@pytest.fixture
def few(planned: Plan) -> Plan:
    """Three trainings with an exam each but the first: processes of Ray take long to start."""
    return plan(msgspec.structs.replace(planned.study, seeds=(1,), exams=("lab-xquad",)))


@pytest.mark.slow
def test_each_step_once_and_failures_come_back(nodes: Any, planned: Plan, store: Store) -> None:
    events: list[Event] = []
    summary = run(planned, store, do=failing, on=Cluster(), watch=events.append)
    assert [failure.label for failure in summary.failures] == ["squad1, seed 2"] and summary.done == 12
    assert Counter(event.state for event in events)["done"] == 12
    (store.root / "mended").write_text("")
    assert run(planned, store, do=failing, on=Cluster()).ok
    assert Counter(line.split()[0] for line in logged(store)) == Counter(step.digest for step in planned.steps)


@pytest.mark.slow
def test_it_begins_no_more_steps_than_there_are_cores(nodes: Any, planned: Plan, store: Store) -> None:
    # All tasks ask whether they are to stop, each second; with ray.get, Ray would lend their cores out meanwhile.
    import ray

    assert run(planned, store, do=asking, on=Cluster()).ok
    at_once = most = 0
    for change in sorted(tuple(map(float, line.split()[1:])) for line in logged(store) if line.startswith("busy")):
        at_once += int(change[1])
        most = max(most, at_once)
    assert most == ray.cluster_resources()["CPU"]


def asking(errand: Errand) -> Outcome:
    """Busy for three seconds with a training, and its log says when."""
    if errand.step.kind == "test":
        return studies_fakes.fake(errand)
    log(errand.store, f"busy {time.time()} 1")
    end = time.monotonic() + 3
    while time.monotonic() < end:
        errand.moved(1, 20, None)
        time.sleep(0.001)
    log(errand.store, f"busy {time.time()} -1")
    return studies_fakes.fake(errand)


@pytest.mark.slow
def test_a_full_disk_ends_the_run(nodes: Any, planned: Plan, store: Store) -> None:
    with pytest.raises(BadStore, match="No room left"):
        run(planned, store, do=partial(faults_victim.starved, what="predictions"), on=Cluster(retries=0))


@pytest.mark.slow
def test_a_worker_is_killed_in_the_middle(nodes: Any, few: Plan, store: Store) -> None:
    killed: list[str] = []

    def watch(event: Event) -> None:
        if event.kind == "train" and event.state == "moved" and event.done > 2 and not killed:
            killed.append(event.step)
            os.kill(int(event.worker.rpartition(":")[2]), signal.SIGKILL)

    assert run(few, store, do=counting, on=Cluster(), watch=watch).ok
    begins = [line.split()[1:] for line in logged(store) if line.startswith("begin")]
    assert [digest for digest, count in Counter(one for one, _ in begins).items() if count > 1] == killed
    assert [int(first) for one, first in begins if one == killed[0]][1] > 0, "it went on from its checkpoint"
    assert store.read(killed[0]).restarts == 1


@pytest.mark.slow
def test_a_node_is_removed(nodes: Any, few: Plan, store: Store) -> None:
    add, all_nodes = nodes
    second = add()
    here = os.getpid()
    lost: list[str] = []

    def remove() -> None:
        end = time.monotonic() + 300
        while time.monotonic() < end and not lost and not all(store.has(step.digest) for step in few.steps):
            time.sleep(0.05)
            for path in store.root.glob("runs/*/claim"):
                # Whose parent is the second node's raylet runs there.
                pid = int(path.read_text().partition('"pid":')[2].split(",")[0].strip("} ") or 0)
                if pid and pid != here and _under(pid, second):
                    lost.append(path.parent.name)
                    all_nodes.remove_node(second, allow_graceful=False)
                    return

    thread = threading.Thread(target=remove)
    thread.start()
    summary = run(few, store, do=lingering, on=Cluster())
    thread.join()
    assert lost, "a step was being done on the node when it went"
    assert summary.ok
    done = Counter(line.split()[0] for line in logged(store) if not line.startswith("begin"))
    assert done == Counter(step.digest for step in few.steps)


def lingering(errand: Errand) -> Outcome:
    """Long enough for a second node to get something to do: its processes have to start first."""
    end = time.monotonic() + (30 if errand.step.kind == "train" else 0)
    while time.monotonic() < end:
        errand.moved(0, 20, None)
        time.sleep(0.5)
    return counting(errand)


def _under(pid: int, node: Any) -> bool:
    """Whether a process was started by this node."""
    raylets = {info.process.pid for kind, infos in node.all_processes.items() if kind == "raylet" for info in infos}
    while pid > 1:
        if pid in raylets:
            return True
        try:
            pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            return False
    return False


@pytest.mark.slow
def test_ctrl_c(nodes: Any, few: Plan, store: Store) -> None:
    pressed: list[Event] = []

    def watch(event: Event) -> None:
        if event.state == "moved" and not pressed:
            pressed.append(event)
            os.kill(os.getpid(), signal.SIGINT)

    former = signal.getsignal(signal.SIGINT)
    summary = run(few, store, do=lingering, on=Cluster(), watch=watch)
    assert summary.stopped and not summary.ok and signal.getsignal(signal.SIGINT) is former
    assert not list(store.root.glob("runs/*/claim"))
    assert run(few, store, do=counting, on=Cluster()).ok


def test_the_store_must_be_shared(planned: Plan, store: Store) -> None:
    class Ray:
        def get_gpu_ids(self) -> list[int]:
            return []

    class Given(str):
        def hex(self) -> str:
            return "1"

    from xstilts.training.recipe import Machine

    told = clusters.Given(plan=planned, root=str(store.root), do=slow, machine=Machine(), since=0.0, keep=False)
    clusters._unpacked["1"] = told
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clusters, "_ray", Ray)
        with pytest.raises(BadStore, match="does not see the store"):
            clusters.task([Given()], None, planned.steps[0].digest, None)
    clusters._unpacked.clear()
