# SPDX-License-Identifier: GPL-2.0-only
"""Plots: they show the run's own numbers, in a size that prints, with the same bytes each time."""

import hoststack
import pytest

pytest.importorskip("matplotlib", reason="python3-matplotlib is not installed").use("agg")
from hoststack import captures, plots  # pylint: disable=wrong-import-position


@pytest.fixture(scope="module")
def runs():
    from conftest import _MULTIPATH, _SHORT

    return hoststack.run(_SHORT, {"output.sample": "10 ms"}), hoststack.run(_MULTIPATH)


def every_plot(short, multipath):
    yield "goodput", plots.goodput(short, "download")
    yield "stack", plots.goodput(multipath, "download")
    yield "subflow_bytes", plots.subflow_bytes(multipath, "download")
    yield "window", plots.window(short, "download")
    yield "window-of-subflow", plots.window(multipath, "download", link="slow")
    yield "rtt", plots.rtt(short, "download", "path")
    yield "receive_buffer", plots.receive_buffer(short, "download")
    yield "limited_by", plots.limited_by(multipath)
    yield "link_queue", plots.link_queue(short, "path")
    yield "completion", plots.completion({"one": short, "two": multipath}, "download")
    yield "compare", plots.compare({"a": [short, short], "b": [multipath]}, "traffic.download.goodput")


def test_each_plot_has_axes_with_units_and_something_drawn_in_a_column(runs):
    for name, figure in every_plot(*runs):
        [ax] = figure.axes
        assert tuple(figure.get_size_inches()) == (3.35, 2.1), name
        assert ax.get_xlabel() or ax.get_ylabel(), name
        assert ax.lines or ax.patches or ax.collections, name
        assert ax.xaxis.label.get_size() == 8, name


@pytest.mark.parametrize("kind", ["svg", "pdf"])
def test_the_same_input_gives_the_same_bytes(runs, tmp_path, kind):
    for name, figure in every_plot(*runs):
        plots.save(figure, tmp_path / f"{name}.{kind}")
    for name, figure in every_plot(*runs):
        plots.save(figure, tmp_path / f"again.{kind}")
        assert (tmp_path / f"again.{kind}").read_bytes() == (tmp_path / f"{name}.{kind}").read_bytes(), name


def test_a_picture_does_not_depend_on_those_that_were_written_before_it(runs, tmp_path):
    for (name, first), (_, second) in zip(every_plot(*runs), every_plot(*runs)):
        for kind in ("png", "pdf", "svg"):
            plots.save(first, tmp_path / f"first.{kind}")
        for kind in ("svg", "pdf"):
            plots.save(second, tmp_path / f"second.{kind}")
            assert (tmp_path / f"first.{kind}").read_bytes() == (tmp_path / f"second.{kind}").read_bytes(), (name, kind)


def test_what_stands_beside_the_axes_covers_nothing_and_can_be_read(runs):
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    for name, figure in [*every_plot(*runs), ("sizes", plots.sizes({"x": [1, 300]}))]:
        FigureCanvasAgg(figure).draw()
        [ax] = figure.axes
        if ax.get_legend():
            assert ax.get_legend().get_window_extent().y0 >= ax.get_window_extent().y1 - 1, name
        ticks = [t.get_window_extent() for t in ax.get_xticklabels() if t.get_text() and not t.get_rotation()]
        assert all(a.x1 < b.x0 for a, b in zip(ticks, ticks[1:])), name
    [ax] = plots.compare({"a": [runs[0]], "b": [runs[0]]}, "traffic.download.goodput").axes
    assert ax.get_ylabel() == "traffic.download.goodput [Mbit/s]"
    assert ax.get_xlim() == (-0.5, 1.5) and 1 < ax.lines[0].get_ydata()[0] < 20


def test_a_core_is_drawn_by_what_it_does(library):
    file = library / "offload" / "10g-receive.json"
    with pytest.raises(hoststack.UnknownMetric, match="output.sample"):
        plots.cpu(hoststack.run(file), "gro")  # it ends before its second sample
    run = hoststack.run(file, {"output.sample": "2 ms"})
    [ax] = plots.cpu(run, "gro", 0).axes
    assert [a.get_label() for a in ax.collections] == ["hard interrupts", "soft interrupts", "kernel threads", "applications"]
    top = max(y for area in ax.collections for path in area.get_paths() for _, y in path.vertices)
    parts = run.series("hosts.gro.cpu.core0.irq", "hosts.gro.cpu.core0.softirq", "hosts.gro.cpu.core0.kernel",
                       "hosts.gro.cpu.core0.user").fillna(0)
    assert 0 < top <= 100 and top == pytest.approx(100 * parts.sum(axis=1).max())


def test_lines_are_the_series_of_the_run(runs):
    short, multipath = runs
    line = plots.goodput(short, "download").axes[0].lines[0]
    series = short.series("traffic.download.goodput")["traffic.download.goodput"].dropna()
    assert list(line.get_ydata()) == list(series / 1e6)
    flight = plots.window(multipath, "download", link="fast").axes[0].lines[1]
    assert list(flight.get_ydata()) == list(
        multipath.series("traffic.download.subflows.fast.in-flight").dropna().iloc[:, 0])
    step = plots.completion({"x": short}, "download").axes[0].lines[0]
    assert step.get_xdata()[-1] == short["traffic.download.completion"] and step.get_ydata()[-1] == 1


def test_what_is_not_there_is_told_with_the_nearest(runs):
    with pytest.raises(hoststack.UnknownMetric, match='did you mean "download"'):
        plots.goodput(runs[0], "downlod")
    with pytest.raises(hoststack.UnknownMetric, match="links.path"):
        plots.link_queue(runs[0], "pat")


@pytest.fixture(scope="module")
def flow(tmp_path_factory):
    from conftest import _SHORT

    folder = tmp_path_factory.mktemp("captured") / "short"
    hoststack.run(_SHORT, {"output.pcap": True, "links.path.down.queue": "10 packets"}, out=folder)
    return captures.flow(captures.read(folder / "server.pcapng"))


def plots_of_packets(flow):
    yield "sequence", plots.sequence(flow)
    yield "bursts", plots.bursts({"server": flow, "wider": flow}, gap_s=1e-3)
    yield "sizes", plots.sizes({"none": [], "some": [1, 2, 44]})
    yield "lateness", plots.lateness({"timer": [0, 1e-5, 3e-6]})


def test_packets_and_hosts_have_plots_that_show_their_numbers(flow, library):
    for name, figure in plots_of_packets(flow):
        [ax] = figure.axes
        assert tuple(figure.get_size_inches()) == (3.35, 2.1) and "[" in ax.get_ylabel() + ax.get_xlabel(), name
        assert ax.lines or ax.patches or ax.collections, name
    [bars] = plots.sizes({"x": [1, 1, 2, 4]}).axes
    assert [round(p.get_height(), 1) for p in bars.patches] == [25.0, 25.0, 50.0]
    assert [t.get_text() for t in bars.get_xticklabels()] == ["1", "2", "3-4"]
    late = plots.lateness({"x": [2e-6, 1e-6]}).axes[0].lines[0]
    assert list(late.get_xdata()) == [0, 1, 2] and list(late.get_ydata()) == [0, 0.5, 1]

    run = hoststack.run(library / "memory" / "little-memory-many-readers.json", {"run.duration": "1 s"})
    line = plots.memory(run, "router").axes[0].lines[0]
    assert list(line.get_ydata()) == list(run.series("hosts.router.memory.allocated").iloc[:, 0] / 1e6)
    with pytest.raises(hoststack.UnknownMetric, match='did you mean "router"'):
        plots.memory(run, "routr")
    with pytest.raises(hoststack.UnknownMetric, match="has prices"):
        plots.cpu(run, "router")


def test_wake_ups_per_second_add_up_to_the_reads(runs):
    [steps] = plots.wakeups(runs[0], "download").axes[0].lines
    at = [0.0, *steps.get_xdata()]
    reads = runs[0].series("traffic.download.reads").iloc[:, 0]
    total = sum(y * (b - a) for y, a, b in zip(steps.get_ydata(), [reads.index[0], *steps.get_xdata()], at[1:]))
    assert total == pytest.approx(reads.iloc[-1] - reads.iloc[0])


def test_plots_of_packets_are_the_same_bytes(flow, tmp_path):
    for turn in "ab":
        for name, figure in plots_of_packets(flow):
            plots.save(figure, tmp_path / f"{name}-{turn}.svg")
    for name in ("sequence", "bursts", "sizes", "lateness"):
        assert (tmp_path / f"{name}-a.svg").read_bytes() == (tmp_path / f"{name}-b.svg").read_bytes()


def test_what_is_no_run_and_what_has_no_label_is_refused():
    for wrong in (lambda: plots.goodput(None, "download"), lambda: plots.link_queue("results", "path"), lambda: plots.cpu(3, "client"),
                  lambda: plots.limited_by({}), lambda: plots.compare({"a": None}, "traffic.download.goodput")):
        with pytest.raises(TypeError, match=r"plots take what hoststack.run\(\) or load\(\) gave"):
            wrong()
    for empty in (lambda: plots.compare({}, "traffic.download.goodput"), lambda: plots.completion([], "download"), lambda: plots.sizes({}),
                  lambda: plots.lateness([1e-6]), lambda: plots.bursts({})):
        with pytest.raises(TypeError, match="a dict, label to"):
            empty()
