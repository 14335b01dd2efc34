"""Opens the page in a real browser over a run that a test publisher imitates, and reads what a person would see.

Chromium is driven over its debugging pipe, so nothing but Python's standard library is needed. Exit status 77: no chromium.
"""
import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
         "--disable-sync", "--no-first-run", "--remote-debugging-pipe", "--hide-scrollbars"]


class Browser:
    """One page of a headless chromium."""

    def __init__(self, executable, profile):
        to_browser, self.output = os.pipe()
        self.input, from_browser = os.pipe()

        def give_pipes():
            # The two must not be closed by each other's arrival at 3 and 4.
            read, write = os.dup(to_browser), os.dup(from_browser)
            os.dup2(read, 3)
            os.dup2(write, 4)

        self.process = subprocess.Popen([executable, *FLAGS, f"--user-data-dir={profile}", "about:blank"],
                                        preexec_fn=give_pipes, pass_fds=(3, 4),
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_browser)
        os.close(from_browser)
        self.number = 0
        self.rest = b""
        self.complaints = []
        self.session = None
        target = next(t for t in self.call("Target.getTargets")["targetInfos"] if t["type"] == "page")
        self.session = self.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)["sessionId"]
        for domain in ("Runtime", "Log", "Page", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.output, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._read()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]
            self._note(answer)

    def _read(self):
        while b"\0" not in self.rest:
            piece = os.read(self.input, 1 << 16)
            if not piece:
                raise RuntimeError("chromium has gone")
            self.rest += piece
        message, self.rest = self.rest.split(b"\0", 1)
        return json.loads(message)

    def _note(self, event):
        parameters = event.get("params", {})
        if event.get("method") == "Runtime.exceptionThrown":
            self.complaints.append(parameters["exceptionDetails"].get("exception", {}).get("description", "exception"))
        if event.get("method") == "Log.entryAdded" and parameters["entry"]["level"] == "error":
            self.complaints.append(parameters["entry"]["text"])

    def eval(self, script):
        answer = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(f"{script}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def wait(self, script, what, seconds=30):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            # Elements are not there until the page is.
            if self.eval(f"(() => {{ try {{ return {script}; }} catch {{ return false; }} }})()"):
                return
            time.sleep(0.05)   # between two looks; the condition decides
        raise AssertionError(f"{what}: not within {seconds} s; the page says: {self.eval('document.body.innerText')}")

    def size(self, width, height, dark=False):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600)
        self.call("Emulation.setEmulatedMedia",
                  features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])

    def screenshot(self, path):
        import base64
        data = self.call("Page.captureScreenshot", captureBeyondViewport=True)["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))

    def close(self):
        self.process.kill()
        self.process.wait()
        os.close(self.output)
        os.close(self.input)


def text_of(selector):
    return f"document.querySelector({json.dumps(selector)}).textContent"


def look(browser, publisher, web, url, pictures):
    def say(command):
        publisher.stdin.write(command + "\n")
        publisher.stdin.flush()

    def picture(name):
        if pictures:
            browser.screenshot(os.path.join(pictures, name + ".png"))

    browser.size(1280, 900)
    browser.call("Page.navigate", url=url)
    browser.wait(f"{text_of('#connection')}.includes('live')", "the page goes live")
    browser.wait("document.querySelectorAll('article.detector').length === 3", "a card a detector")
    before = int(browser.eval(text_of("article .on .value")))
    browser.wait(f"Number({text_of('article .on .value')}) > {before}", "counts go up by themselves")

    document = json.load(urllib.request.urlopen(url + "api/v1/counts"))
    assert document["run"] == 1 and document["condition"] == "RUNNING", document
    assert [line["detector"] for line in document["counts"]] == ["csi", "lar", "lab"], document
    assert [document["counts"][0][key] for key in ("signal_rate_scale", "background_rate_scale")] == [3000, 60], document
    shown = browser.eval("[...document.querySelectorAll('article h2')].map((h) => h.textContent)")
    assert shown == ["csi", "lar", "lab"], shown
    scales = browser.eval("[...document.querySelectorAll('.scale')].map((s) => s.hidden ? '' : s.textContent.replace(/\\s/g, ' '))")
    assert scales == ["simulated; signal \u00d7 3 000, background \u00d7 60", "simulated; rates not scaled", ""], scales
    truth = browser.eval("[...document.querySelectorAll('.truth')].map((s) => s.hidden ? '' : s.textContent)")
    assert "efficiency 0.8" in truth[0] and "expected" in truth[0] and "efficiency not known" in truth[1] and truth[2] == "", truth
    assert browser.eval("[...document.querySelectorAll('#gates tbody th')].map((t) => t.textContent)") == ["ess", "lhc"]

    def book_rows():
        return browser.eval("[...document.querySelectorAll('#books tbody tr')].map((r) => r.textContent)")

    folded = book_rows()
    assert len(folded) == 3 and folded[2].startswith("lar (17 streams)"), folded
    assert "2 sequence gap" in folded[2], "a fold keeps the reasons"
    browser.eval("document.querySelector('.fold').focus(), document.querySelector('.fold').click()")
    assert len(book_rows()) == 20 and book_rows()[4].startswith("lar/1") and book_rows()[12].startswith("lar/9")
    step = browser.eval(text_of("#data-time"))
    browser.wait(f"{text_of('#data-time')} !== {json.dumps(step)}", "the next status")
    assert len(book_rows()) == 20 and browser.eval("document.activeElement.className") == "fold", "it stays unfolded, and in focus"
    browser.eval("document.querySelector('.fold').click()")
    assert len(book_rows()) == 3
    assert "+" in browser.eval(text_of(".interval")) and "\u2212" in browser.eval(text_of(".interval"))
    assert "<b>" in browser.eval(text_of("#setup")), "markup from a run must be shown as text"
    assert browser.eval("document.querySelector('#setup b') === null")
    assert "2 sequence gap" in browser.eval(text_of("#books"))
    assert "heartbeat late" in browser.eval(text_of("#alarms"))
    browser.wait("document.querySelector('.chart svg path.on') !== null", "a strip chart")
    assert browser.eval("document.querySelector('.chart svg').getAttribute('aria-label')").startswith("csi:")
    assert browser.eval("performance.getEntriesByType('resource').every((r) => r.name.startsWith(location.origin))")
    browser.wait(f"{text_of('.chart')}.includes('s of data') && document.querySelector('path.on').getAttribute('d').length > 60",
                 "the chart grows")
    picture("running")
    for width, height, name in ((390, 844, "phone"), (1920, 1080, "wall"), (3840, 2160, "wall_4k")):
        browser.size(width, height, dark=name != "phone")
        browser.wait("document.documentElement.scrollWidth <= innerWidth", f"{name}: nothing sticks out sideways")
        picture(name)
    browser.size(1280, 900)

    say("silence")
    browser.wait(f"{text_of('#connection')}.includes('stale since 2')", "silence is shown as stale")
    picture("stale")
    say("speak")
    browser.wait(f"{text_of('#connection')}.includes('live')", "and speech as live")
    say("finish")
    browser.wait(f"{text_of('#connection')}.includes('finished')", "the end is shown")
    browser.wait(f"{text_of('article .on .value')}.replace(/\\s/g, '') === '4242'", "with the catalogue's counts")
    assert browser.eval(text_of("#condition")) == "incomplete"
    assert "readout.csi.1 restarted" in browser.eval(text_of("#reasons"))
    assert "10 µs stream missing" in browser.eval(text_of("#livetime"))
    browser.size(1280, 900, dark=True)
    picture("finished")
    assert not browser.complaints, browser.complaints

    web.terminate()
    browser.wait(f"{text_of('#connection')}.includes('no connection')", "the death of the server is shown")
    picture("lost")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--web", required=True)
    parser.add_argument("--publisher", required=True)
    parser.add_argument("--pictures", help="folder for screenshots")
    options = parser.parse_args()
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        print("skipped: there is no chromium (apt install chromium)")
        return 77
    with tempfile.TemporaryDirectory(prefix="spillway_page_", ignore_cleanup_errors=True) as folder:
        processes = []
        browser = None
        try:
            publisher = subprocess.Popen([options.publisher, folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            processes.append(publisher)
            assert publisher.stdout.readline() == "run 1\n"
            web = subprocess.Popen([options.web, "--data", folder, "--port", "0"], stdout=subprocess.PIPE, text=True)
            processes.append(web)
            url = web.stdout.readline().strip()
            browser = Browser(chromium, os.path.join(folder, "profile"))
            look(browser, publisher, web, url, options.pictures)
        finally:
            if browser:
                browser.close()
            for process in processes:
                process.kill()
                process.wait()
    print("the page shows what it should")
    return 0


if __name__ == "__main__":
    sys.exit(main())
