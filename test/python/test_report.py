# SPDX-License-Identifier: GPL-2.0-only
"""Reports: pages that stand for themselves, looked at in a browser that can reach nothing.

HOSTSTACK_SCREENSHOTS names a folder for pictures of what was seen.
"""

import contextlib
import json
import os
import pathlib
import re
import shutil

import hoststack
import pytest

pytest.importorskip("jinja2", reason="python3-jinja2 is not installed")
from hoststack import report  # pylint: disable=wrong-import-position
from hoststack.report import _charts, _compare, _format

BUILD = pathlib.Path(os.environ["HOSTSTACK_BUILD_DIR"])
LIBRARY = BUILD / "python" / "hoststack" / "library" / "uPlot.iife.min.js"
AXE = BUILD / "python" / "report-library" / "node_modules" / "axe-core" / "axe.min.js"
needs_library = pytest.mark.skipif(not LIBRARY.exists(), reason="uPlot was not fetched (target hoststack-report)")


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """Folders of three runs: two of one scenario, one over two paths with an event and a missed expectation."""
    from conftest import _MULTIPATH, _SHORT

    folder = tmp_path_factory.mktemp("results")
    short = {**_SHORT, "about": "</script><b>markup</b> & \"quotes\""}
    hoststack.run(short, out=folder / "one")
    hoststack.run(short, {"links.path.down.loss": "3 %"}, seed=2, out=folder / "two")
    long = {**_MULTIPATH, "events": [{"at": "300 ms", "link": "slow", "down": True, "for": "200 ms"}],
            "expect": [{"metric": "traffic.download.goodput", "at_least": "1 Gbit/s", "because": "it is too much"},
                       {"metric": "traffic.download.bytes", "equals": "2 MB", "because": "it was asked for"}]}
    hoststack.run(long, {"output.sample": "10 ms"}, out=folder / "paths")
    return folder


def test_numbers_are_told_as_people_read_them():
    assert _format.told(283.3e6, "bit/s") == "283.3 Mbit/s"
    assert _format.told(0.02023, "s") == "20.23 ms" and _format.told(0, "s") == "0 s"
    assert _format.told(0.4567, "share") == "45.67 %" and _format.told(None, "s") == "none"
    assert _format.told(1234567, "count") == "1 234 567" and _format.told(2e6, "bytes") == "2 MB"


def test_an_interval_is_that_of_student():
    mean, half = _compare.interval([1.0, 2.0, 3.0, 4.0])
    assert mean == 2.5 and half == pytest.approx(3.182446 * (5 / 3 / 4) ** 0.5, rel=1e-6)
    assert _compare.interval([7.0]) == (7.0, None) and _compare.interval([7.0, 7.0]) == (7.0, 0.0)


def test_a_series_too_long_to_draw_keeps_its_extremes(monkeypatch):
    import numpy

    monkeypatch.setattr(_charts, "MOST_POINTS", 100)
    values = numpy.sin(numpy.arange(10000.0))
    values[5000], values[17] = 9.0, -9.0
    at, thin = _charts._thinned(numpy.arange(10000.0), values)
    assert len(thin) <= 100 and thin.max() == 9.0 and thin.min() == -9.0
    assert list(at) == sorted(at) and at[list(thin).index(9.0)] == 5000


@needs_library
def test_the_same_results_give_the_same_page_and_a_failure_leaves_the_old_one(results, tmp_path):
    for name in ("a.html", "b.html"):
        report.write([results / "one", results / "paths"], tmp_path / name, title="x")
    page = (tmp_path / "a.html").read_bytes()
    assert page == (tmp_path / "b.html").read_bytes()
    assert b"<b>markup" not in page and str(results).encode() not in page
    with pytest.raises(hoststack.StoreError, match="no results are there"):
        report.write([tmp_path / "nowhere"], tmp_path / "a.html")
    with pytest.raises(hoststack.StoreError, match="needs results"):
        report.write([], tmp_path / "a.html")
    with pytest.raises(OSError):
        report.write([results / "one"], "/dev/full/x.html")
    assert (tmp_path / "a.html").read_bytes() == page
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.html", "b.html"]


def test_without_the_library_of_charts_it_says_how_to_get_it(results, tmp_path, monkeypatch):
    monkeypatch.setattr(report, "HERE", tmp_path)
    monkeypatch.setattr(hoststack, "__path__", [str(tmp_path)])
    with pytest.raises(hoststack.StoreError, match="hoststack report"):
        report.write([results / "one"], tmp_path / "x.html")


@needs_library
def test_the_command_writes_pages_of_folders_and_stores(results, tmp_path, capsys):
    from conftest import _SHORT
    from hoststack.__main__ import main

    study = {"hoststack-study": 1, "name": "s", "scenario": {**_SHORT, "run": {"duration": "1 s"}},
             "sweep": {"axes": {"links.path.down.rate": ["10 Mbit/s", "20 Mbit/s"]}, "seeds": [1, 2]}}
    hoststack.sweep(study, tmp_path / "s.hoststack.sqlite", quiet=True)
    assert main(["report", str(results), str(tmp_path / "s.hoststack.sqlite"), "-o", str(tmp_path / "r.html")]) == 0
    page = (tmp_path / "r.html").read_text()
    assert "rate 10 Mbit/s" in page and "±" in page and "traffic.download.goodput" in page
    assert main(["report", str(tmp_path / "nothing"), "-o", str(tmp_path / "x.html")]) == 2
    assert "no results are there" in capsys.readouterr().err
    broken = tmp_path / "broken.sqlite"
    broken.write_text("x" * 5000)
    assert main(["report", str(broken), "-o", str(tmp_path / "x.html")]) == 2


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    selenium = pytest.importorskip("selenium", reason="python3-selenium is not installed")
    if not shutil.which("chromium") or not shutil.which("chromedriver"):
        pytest.skip("chromium and chromium-driver are not installed")
    del selenium
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                     "--disable-background-networking", "--disable-component-update", "--disable-sync",
                     "--disable-quic", "--host-resolver-rules=MAP * ~NOTFOUND", "--hide-scrollbars",
                     f"--user-data-dir={tmp_path_factory.mktemp('profile')}", "--window-size=1200,1000"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    made = webdriver.Chrome(service=Service(shutil.which("chromedriver")), options=options)
    made.set_page_load_timeout(300)
    made.set_script_timeout(300)
    yield made
    made.quit()


@contextlib.contextmanager
def viewport(browser, width, dark=False):
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
        "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500})
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {
        "features": [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]})
    yield
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def opened(browser, page):
    from selenium.webdriver.support.ui import WebDriverWait

    browser.get_log("browser")
    browser.get_log("performance")
    browser.get(page.as_uri())
    wait = WebDriverWait(browser, 120)
    wait.until(lambda b: b.execute_script("return document.documentElement.dataset.ready"))
    # Down the page, so that every chart comes into sight.
    browser.execute_script("for (const d of document.querySelectorAll('.drawn')) d.scrollIntoView();")
    browser.execute_async_script("""
        const done = arguments[0], places = [...document.querySelectorAll('.drawn')];
        const step = (i) => i < places.length
            ? (places[i].scrollIntoView(), setTimeout(step, 40, i + 1)) : (scrollTo(0, 0), setTimeout(done, 300));
        step(0);""")


def picture(browser, name):
    folder = os.environ.get("HOSTSTACK_SCREENSHOTS")
    if folder:
        size = browser.execute_cdp_cmd("Page.getLayoutMetrics", {})["cssContentSize"]
        import base64

        shot = browser.execute_cdp_cmd("Page.captureScreenshot", {
            "captureBeyondViewport": True, "clip": {"x": 0, "y": 0, "width": size["width"],
                                                    "height": min(size["height"], 6000), "scale": 1}})
        (pathlib.Path(folder) / f"{name}.png").write_bytes(base64.b64decode(shot["data"]))


def complaints(browser):
    """What the console said, but for what is said of this test's own looks at the ink."""
    return [e["message"] for e in browser.get_log("browser")
            if e["level"] in ("SEVERE", "WARNING") and "willReadFrequently" not in e["message"]]


def requests(browser):
    found = []
    for entry in browser.get_log("performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            found.append(message["params"]["request"]["url"])
    return found


INK = """
return [...document.querySelectorAll('.drawn canvas')].map((c) => {
  const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
  const colours = new Set();
  for (let i = 0; i < d.length; i += 4) if (d[i + 3] > 200) colours.add((d[i] << 16) | (d[i + 1] << 8) | d[i + 2]);
  return colours.size;
});"""


@needs_library
@pytest.mark.parametrize("width,dark", [(1200, False), (1200, True), (390, False), (390, True)])
def test_a_page_in_a_browser(browser, results, tmp_path, width, dark):
    page = report.write([results / n for n in ("one", "two", "paths")], tmp_path / "r.html")
    with viewport(browser, width, dark):
        opened(browser, page)
        assert browser.execute_script("return document.documentElement.dataset.theme") == ("dark" if dark else "light")
        picture(browser, f"{width}-{'dark' if dark else 'light'}")
        assert complaints(browser) == []
        assert [u for u in requests(browser) if not u.startswith(page.as_uri())] == []
        ink = browser.execute_script(INK)
        assert len(ink) > 15 and min(ink) > 3, ink
        assert browser.execute_script("return document.documentElement.scrollWidth") <= width
        if AXE.exists():
            browser.execute_script(AXE.read_text(encoding="utf-8"))
            found = browser.execute_async_script(
                "axe.run(document).then((r) => arguments[0](r.violations.map((v) => v.id + ': ' + "
                "v.nodes.slice(0, 3).map((n) => n.html).join(' | '))))")
            assert found == [], "\n".join(found)
        if width > 500 and not dark:
            check_numbers(browser, results)
            check_controls(browser)
            assert complaints(browser) == []


def check_numbers(browser, results):
    """What stands in the page is what stands in summary.json."""
    for number, name in enumerate(("one", "two", "paths")):
        summary = json.loads((results / name / "summary.json").read_text())
        cells = dict(browser.execute_script(
            "return [...document.querySelectorAll(`#run${arguments[0]} [data-metric]`)].map((e) => "
            "[e.dataset.metric, e.textContent])", number))
        assert {n: json.loads(v) for n, v in cells.items()} == summary["metrics"]
        told = dict(browser.execute_script(
            "return [...document.querySelectorAll(`#run${arguments[0]} [data-told]`)].map((e) => "
            "[e.dataset.told, e.textContent])", number))
        for metric, text in told.items():
            value, unit = re.fullmatch(r"([-\d. ]+?) ?([A-Za-z/%]*)", text).groups()
            factor = {"Gbit/s": 1e9, "Mbit/s": 1e6, "kbit/s": 1e3, "MB": 1e6, "kB": 1e3, "ms": 1e-3, "us": 1e-6}
            assert float(value.replace(" ", "")) * factor.get(unit, 1) == pytest.approx(
                summary["metrics"][metric], rel=1e-3), metric
        verdicts = browser.execute_script(
            "return [...document.querySelectorAll(`#run${arguments[0]} .expectations tbody tr td:first-child`)]"
            ".map((e) => e.textContent.trim())", number)
        assert verdicts == ["met" if e["met"] else "missed" for e in summary["expectations"]]
    assert "</script><b>markup</b>" in browser.execute_script("return document.querySelector('#run0 p').textContent")


def check_controls(browser):
    """Everything that a mouse does, keys do."""
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys

    section = browser.find_element(By.ID, "run2")

    def data(script):
        return browser.execute_script(script)

    before = data(INK)
    section.find_element(By.CSS_SELECTOR, '[data-do="in"]').send_keys(Keys.ENTER)
    section.find_element(By.CSS_SELECTOR, '[data-do="marks"]').send_keys(Keys.SPACE)
    slider = section.find_element(By.CSS_SELECTOR, '[data-do="at"]')
    label = section.find_element(By.CSS_SELECTOR, ".lines button")
    at_end = label.text
    slider.send_keys(Keys.HOME)
    assert section.find_element(By.CSS_SELECTOR, "output").text.endswith(" s")
    assert label.text != at_end
    label.send_keys(Keys.ENTER)
    assert label.get_attribute("aria-pressed") == "false"
    assert len(data(INK)) == len(before)
    find = section.find_element(By.CSS_SELECTOR, '[data-do="find"]')
    data("document.querySelector('#run2 .numbers').open = true")
    find.send_keys("goodput")
    names = data("return [...document.querySelectorAll('#run2 .metrics tbody tr')].filter((r) => !r.hidden)"
                 ".map((r) => r.cells[0].textContent)")
    assert names and all("goodput" in n for n in names)
    data("const s = document.querySelector('#run2 [data-do=any]'); s.value = 'traffic.download.reads';"
         "s.dispatchEvent(new Event('change'))")
    assert "traffic.download.reads [count]" in data(
        "return [...document.querySelectorAll('#run2 .charts figcaption')].map((e) => e.textContent)")
    data("document.getElementById('theme').click()")
    assert data("return document.documentElement.dataset.theme") == "dark"
    order = data("return [...document.querySelectorAll('button,select,input,a,summary,[tabindex]')]"
                 ".filter((e) => e.tabIndex < 0).length")
    assert order == 0
