import errno
import ftplib
import hashlib
import http.server
import io
import json
import os
import re
import shutil
import socket
import subprocess
import threading
import time
from contextlib import closing, contextmanager

import pytest

from convoscope.download import fetch as module
from convoscope.download import transport
from convoscope.download.fetch import Checksum, Fetched, Patience, fetch, partial_of
from convoscope.download.transport import reason
from convoscope.errors import InputError

CONTENT = bytes(range(256)) * 4096  # 1 MiB
SHA256 = Checksum("sha256", hashlib.sha256(CONTENT).hexdigest())
TAG = '"v1"'


class Handler(http.server.BaseHTTPRequestHandler):
    """Serves CONTENT; the server's ``plan`` says what goes wrong with each request in turn."""

    def do_GET(self):
        server = self.server
        server.asked.append({"path": self.path, **self.headers})
        plan = server.plan.pop(0) if server.plan else {}
        time.sleep(plan.get("delay", 0))
        if "status" in plan:
            return self.send_error(plan["status"])
        tag = plan.get("tag", TAG)
        wanted = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        same = plan.get("blind") or self.headers.get("If-Range", tag) == tag
        ranged = wanted and same and not plan.get("ignore_range")
        start = int(wanted[1]) + plan.get("shift", 0) if ranged else 0
        body = plan.get("content", CONTENT)
        self.send_response(206 if ranged else 200)
        if ranged:
            self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        if tag:
            self.send_header("ETag", tag)
        if not plan.get("unsized"):
            self.send_header("Content-Length", str(len(body) - start))
        self.send_header("Content-Type", "application/gzip")
        self.send_header("Content-Encoding", "gzip")  # as many servers say of .gz files: must not be undone
        self.end_headers()
        self.wfile.write(body[start:][: plan.get("drop", len(body))])

    def log_message(self, *arguments):
        pass


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.plan, server.asked = [], []
        server.url = f"http://127.0.0.1:{server.server_port}/genome.fa.gz"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def waits():
    return []


@pytest.fixture
def get(tmp_path, waits):
    """Fetch to a folder of its own without sleeping; give back what came."""

    def call(*mirrors, checksum=None, retries=3, timeout=5.0):
        return fetch(mirrors, tmp_path / "out" / "g.fa.gz", checksum, Patience(retries, waits.append, timeout))

    return call


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out"


def left(out):
    return sorted(path.name for path in out.iterdir())


def test_whole_file_at_once(server, get, out):
    assert get(server.url, checksum=SHA256) == Fetched(server.url, SHA256.value, len(CONTENT))
    assert (out / "g.fa.gz").read_bytes() == CONTENT
    assert left(out) == ["g.fa.gz"]
    assert server.asked[0]["Accept-Encoding"] == "identity"


@pytest.mark.parametrize("algorithm", ["sha256", "md5"])
def test_right_checksum_in_any_case(server, get, algorithm):
    value = hashlib.new(algorithm, CONTENT).hexdigest().upper()
    assert get(server.url, checksum=Checksum(algorithm, value)).size == len(CONTENT)


def test_progress_goes_to_stderr(server, get, capsys):
    get(server.url)
    shown = capsys.readouterr()
    assert "1.05M" in shown.err
    assert shown.out == ""


class TestResuming:
    def test_continues_by_range_if_the_file_is_the_same(self, server, get, out, waits):
        server.plan = [{"drop": 300_000}]
        get(server.url, checksum=SHA256)
        assert (out / "g.fa.gz").read_bytes() == CONTENT
        start = int(server.asked[1]["Range"].removeprefix("bytes=").removesuffix("-"))
        assert 300_000 - transport.CHUNK <= start <= 300_000
        assert server.asked[1]["If-Range"] == TAG
        assert waits == [1]

    @pytest.mark.parametrize(
        "answer",
        [{"ignore_range": True}, {"tag": '"v2"'}, {"shift": 5}, {"blind": True, "tag": '"v2"'}],
        ids=["range ignored", "file changed", "other range", "changed and If-Range ignored"],
    )
    def test_starts_over_when_the_answer_is_no_continuation(self, server, get, out, answer):
        new = CONTENT[::-1]
        server.plan = [{"drop": 300_000}, {**answer, "content": new}, {**answer, "content": new}]
        get(server.url)
        assert (out / "g.fa.gz").read_bytes() == new

    def test_unsatisfiable_range_starts_over(self, server, get, out):
        server.plan = [{"drop": 300_000}, {"status": 416}]
        get(server.url)
        assert (out / "g.fa.gz").read_bytes() == CONTENT
        assert "Range" not in server.asked[2]

    def test_without_a_version_the_range_alone_is_trusted_within_one_run(self, server, get, out):
        server.plan = [{"drop": 300_000, "tag": ""}, {"tag": ""}]
        get(server.url)
        assert (out / "g.fa.gz").read_bytes() == CONTENT
        assert "Range" in server.asked[1]
        assert "If-Range" not in server.asked[1]

    def test_next_run_goes_on(self, server, get, out):
        server.plan = [{"drop": 300_000}]
        with pytest.raises(InputError, match="connection broke"):
            get(server.url, retries=0)
        assert left(out) == [".partial-g.fa.gz", ".partial-g.fa.gz.json"]
        get(server.url)
        assert "Range" in server.asked[1]
        assert (out / "g.fa.gz").read_bytes() == CONTENT
        assert left(out) == ["g.fa.gz"]

    def test_next_run_starts_over_where_nothing_tells_that_it_is_the_same_file(self, server, get, out):
        server.plan = [{"drop": 300_000, "tag": ""}, {"tag": ""}]
        with pytest.raises(InputError, match="connection broke"):
            get(server.url, retries=0)
        assert left(out) == []
        get(server.url)
        assert "Range" not in server.asked[1]

    def test_part_of_another_address_is_not_continued(self, server, get, out):
        server.plan = [{"drop": 300_000}]
        with pytest.raises(InputError, match="connection broke"):
            get(server.url + "?release=1", retries=0)
        get(server.url + "?release=2")
        assert "Range" not in server.asked[1]

    def test_wrong_checksum_of_parts_is_tried_again_from_the_start(self, server, get, out):
        server.plan = [{"drop": 300_000, "content": CONTENT[::-1]}]
        get(server.url, checksum=SHA256)
        assert [("Range" in asked) for asked in server.asked] == [False, True, False]
        assert (out / "g.fa.gz").read_bytes() == CONTENT

    @pytest.mark.parametrize("note", ["", "{", "[]", '{"source": 1}'])
    def test_damaged_note_is_no_reason_to_fail(self, server, get, out, note):
        out.mkdir()
        data, about = partial_of(out / "g.fa.gz")
        data.write_bytes(b"rubbish")
        about.write_text(note)
        get(server.url)
        assert (out / "g.fa.gz").read_bytes() == CONTENT

    def test_progress_gives_the_retries_back(self, server, get, waits, monkeypatch):
        monkeypatch.setattr(module, "PROGRESS", 50_000)
        server.plan = [{"drop": 100_000}] * 8
        get(server.url, checksum=SHA256, retries=2)
        assert waits == [1] * 8

    def test_server_that_always_breaks_off_at_the_same_place_comes_to_an_end(self, server, get, waits):
        server.plan = [{"drop": 100_000, "ignore_range": True}] * 20
        with pytest.raises(InputError, match="connection broke"):
            get(server.url, retries=3)
        assert waits == [1, 2, 4]


class TestRetries:
    @pytest.mark.parametrize("status", [500, 503, 429])
    def test_passing_failure_is_tried_again(self, server, get, waits, status):
        server.plan = [{"status": status}] * 2
        assert get(server.url).size == len(CONTENT)
        assert waits == [1, 2]

    def test_final_answer_is_not(self, server, get, waits, out):
        server.plan = [{"status": 404}]
        with pytest.raises(InputError, match=r"g.fa.gz: http://127.*/genome.fa.gz: 404 Not Found; give a mirror"):
            get(server.url)
        assert (waits, len(server.asked), left(out)) == ([], 1, [])

    def test_short_body_without_a_range_is_never_taken_for_the_file(self, server, get, out):
        server.plan = [{"drop": 10, "ignore_range": True}] * 4
        with pytest.raises(InputError, match="connection broke"):
            get(server.url)
        assert not (out / "g.fa.gz").exists()

    def test_body_of_unknown_length_is_taken_whole(self, server, get, out):
        server.plan = [{"unsized": True}]
        get(server.url, checksum=SHA256)
        assert (out / "g.fa.gz").read_bytes() == CONTENT

    def test_silent_server_is_left(self, server, get):
        server.plan = [{"delay": 0.6}] * 2
        begun = time.monotonic()
        with pytest.raises(InputError, match="no answer in time"):
            get(server.url, retries=1, timeout=0.2)
        assert time.monotonic() - begun < 1

    def test_port_where_nobody_listens(self, get, out, waits):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        with pytest.raises(InputError, match=r"connection failed \(Connection refused\)"):
            get(f"http://127.0.0.1:{port}/g.fa", retries=2)
        assert (waits, left(out)) == ([1, 2], [])


class TestMirrors:
    def test_next_mirror_after_each_kind_of_failure(self, server, get, tmp_path, out):
        good = tmp_path / "good.fa.gz"
        good.write_bytes(CONTENT)
        server.plan = [{"status": 404}, {"content": b"other"}, {"status": 500}]
        fetched = get("/nowhere", *[server.url] * 3, str(good), checksum=SHA256, retries=0)
        assert fetched == Fetched(str(good), SHA256.value, len(CONTENT))
        assert left(out) == ["g.fa.gz"]

    def test_all_reasons_are_in_one_line(self, server, get, out):
        server.plan = [{"status": 404}, {"content": b"other"}]
        with pytest.raises(InputError) as caught:
            get("s3://bucket/g.fa", server.url, server.url, checksum=SHA256)
        found = hashlib.sha256(b"other").hexdigest()
        assert str(caught.value) == (
            f"{out / 'g.fa.gz'}: s3://bucket/g.fa: s3: is not read; https, http, ftp, file or a local path; "
            f"{server.url}: 404 Not Found; "
            f"{server.url}: wrong sha256: expected {SHA256.value}, found {found}; give a mirror that has the file"
        )

    def test_wrong_checksum_leaves_no_file_and_keeps_an_older_one(self, server, get, out):
        with pytest.raises(InputError, match=f"wrong md5: expected {'0' * 32}, found "):
            get(server.url, checksum=Checksum("md5", "0" * 32))
        assert left(out) == []
        (out / "g.fa.gz").write_text("older")
        with pytest.raises(InputError, match="wrong md5"):
            get(server.url, checksum=Checksum("md5", "0" * 32))
        assert left(out) == ["g.fa.gz"]
        assert (out / "g.fa.gz").read_text() == "older"

    def test_wrong_checksum_of_a_body_of_unknown_length_leaves_no_file(self, server, get, out):
        server.plan = [{"unsized": True}]
        with pytest.raises(InputError, match="wrong sha256"):
            get(server.url, checksum=Checksum("sha256", "0" * 64))
        assert left(out) == []

    def test_no_mirror(self, get):
        with pytest.raises(InputError, match="no mirror is named"):
            get()

    @pytest.mark.parametrize(
        ("url", "said"),
        [
            ("http://", "not a usable address"),
            ("http://[::1/a", "not a usable address"),
            ("http://host:port/a", "not a usable address"),
            ("ftp://127.0.0.1/a%0Ab", "not a usable address|connection failed"),
            ("file://elsewhere/a", "names the machine 'elsewhere'"),
            ("gopher://a/b", "gopher: is not read"),
            ("", "no such file or directory|is a directory"),
        ],
    )
    def test_unusable_addresses(self, get, url, said):
        with pytest.raises(InputError, match=said):
            get(url, retries=0)


class TestLocal:
    @pytest.mark.parametrize("form", ["{}", "file://{}", "file:{}", "FILE://localhost{}"])
    def test_forms_of_a_path(self, get, tmp_path, out, form):
        source = tmp_path / "a b%20.fa"
        source.write_bytes(CONTENT)
        path = str(source).replace("%", "%25").replace(" ", "%20") if ":" in form else str(source)
        assert get(form.format(path), checksum=SHA256).size == len(CONTENT)
        assert (out / "g.fa.gz").read_bytes() == source.read_bytes()

    def test_relative_path_and_empty_file(self, get, tmp_path, out, monkeypatch):
        monkeypatch.chdir(tmp_path)
        (tmp_path / "a:b.bed").touch()
        assert get("a:b.bed").size == 0
        assert left(out) == ["g.fa.gz"]

    def test_folder(self, get, tmp_path):
        with pytest.raises(InputError, match="is a directory"):
            get(str(tmp_path))


class TestSecrets:
    def test_never_logged_reported_or_kept(self, server, get, out, caplog):
        secret = server.url.replace("//", "//me:hidden@") + "?file=a&X-Amz-Signature=hidden"
        server.plan = [{"status": 500}, {"drop": 300_000}, {"drop": 300_000}]
        with pytest.raises(InputError) as caught:
            get(secret, retries=2)
        assert server.asked[0]["Authorization"].startswith("Basic ")
        kept = [path.read_text() for path in out.glob("*.json")]
        for text in (str(caught.value), caplog.text, *kept):
            assert "hidden" not in text
        assert "127.0.0.1" in str(caught.value)
        assert "hidden" not in get(secret).mirror

    def test_reason_has_no_address(self):
        error = transport.requests.ConnectionError("http://u:hidden@h failed")
        assert reason(error) == "connection broke (ConnectionError)"


class TestFullDisk:
    def test_nothing_is_left_and_the_disk_is_to_blame(self, server, get, out, monkeypatch):
        real = open

        class Full(io.FileIO):
            def write(self, data):
                if self.tell() + len(data) > 200_000:
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                return super().write(data)

        monkeypatch.setattr(
            module, "open", lambda path, mode: Full(path, "a") if mode == "ab" else real(path, mode), raising=False
        )
        with pytest.raises(OSError, match="No space left") as caught:
            get(server.url, "/second/mirror")
        assert caught.value.filename == str(out)
        assert left(out) == []

    @pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("mount"), reason="mounting a small disk needs root")
    def test_real_one(self, server, tmp_path, refuse):
        with small_disk(tmp_path / "disk", "512k") as disk:
            said = refuse("download", "--url", server.url, "--file", disk / "g.fa.gz")
            assert said == f"ERROR: {disk}: No space left on device; free some space and run again"
            assert left(disk) == []


@contextmanager
def small_disk(folder, size):
    folder.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], capture_output=True)
    if made.returncode:
        pytest.skip("a small disk cannot be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


class FakeFtp:
    """An FTP server of one file with the part of the protocol that a passive download uses (RFC 959, 3659)."""

    def __init__(self, plan):
        self.plan, self.asked = plan, []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def serve(self):
        for plan in self.plan:
            try:
                control, _ = self.listener.accept()
            except OSError:  # stopped before every plan was asked for: the test has failed already
                return
            control.settimeout(5)
            with (
                control,
                control.makefile("rw", newline="\r\n") as lines,
                closing(socket.create_server(("", 0))) as data,
            ):
                self.converse(lines, data, plan)

    def converse(self, lines, data, plan):
        port, rest = data.getsockname()[1], 0
        data.settimeout(5)
        answers = {
            "USER": "331 more", "PASS": plan.get("login", "230 in"), "TYPE": "200 ok", "MDTM": "213 20200101000000",
            "SIZE": f"213 {len(CONTENT)}", "PASV": f"227 (127,0,0,1,{port // 256},{port % 256})", "REST": "350 ok",
            "RETR": plan.get("retr", "150 here"),
        }  # fmt: skip

        def say(text):
            lines.write(text + "\n")
            lines.flush()

        say("220 hello")
        for line in lines:
            self.asked.append(line.strip())
            verb, _, value = line.strip().partition(" ")
            rest = int(value) if verb == "REST" else rest
            say(answers.get(verb, "502 what?"))
            if verb == "RETR" and "retr" not in plan:
                with data.accept()[0] as channel:
                    channel.sendall(CONTENT[rest:][: plan.get("drop", len(CONTENT))])
                say("226 done")

    def stop(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        self.listener.close()


@pytest.fixture
def ftp():
    servers = []

    def start(*plan):
        servers.append(FakeFtp(plan))
        return servers[0]

    yield start
    for server in servers:
        server.stop()


class TestFtp:
    def test_file_resumed_after_a_break(self, ftp, get, out):
        server = ftp({"drop": 300_000}, {})
        fetched = get(f"ftp://me:p%40ss@127.0.0.1:{server.port}/pub/g%20x.fa.gz", checksum=SHA256)
        assert fetched.mirror == f"ftp://127.0.0.1:{server.port}/pub/g%20x.fa.gz"
        assert (out / "g.fa.gz").read_bytes() == CONTENT
        assert {"USER me", "PASS p@ss", "RETR /pub/g x.fa.gz", "REST 300000"} <= set(server.asked)

    def test_missing_file_and_refused_login(self, ftp, get):
        server = ftp({"retr": "550 no such file"}, {"login": "530 who?"})
        with pytest.raises(InputError, match=r"550 no such file.*530 who"):
            get(*[f"ftp://127.0.0.1:{server.port}/{name}" for name in "ab"])

    def test_passing_refusal_is_tried_again(self, ftp, get, waits):
        server = ftp({"retr": "425 try later"}, {})
        get(f"ftp://127.0.0.1:{server.port}/a")
        assert waits == [1]

    def test_line_break_in_a_path_is_refused(self, ftp, get):
        server = ftp({})
        with pytest.raises(InputError, match="not a usable address"):
            get(f"ftp://127.0.0.1:{server.port}/a%0D%0ADELE%20b")
        assert not any("DELE" in line for line in server.asked)

    def test_temporary_errors_keep_the_words_of_the_server(self):
        assert reason(ftplib.error_temp("421 busy")) == "421 busy"


def test_note_says_what_the_part_belongs_to(server, get, out):
    server.plan = [{"drop": 300_000}]
    with pytest.raises(InputError):
        get(server.url, retries=0)
    note = json.loads(partial_of(out / "g.fa.gz").note.read_text())
    assert note == {"source": hashlib.sha256(server.url.encode()).hexdigest(), "size": len(CONTENT), "version": TAG}


def test_download_verb(server, run, refuse, tmp_path):
    run("download", "--url", server.url, "--file", tmp_path / "new" / "a.bed", "--sha256", SHA256.value)
    assert (tmp_path / "new" / "a.bed").read_bytes() == CONTENT
    assert "no such file" in refuse("download", "--url", "/nowhere/a.bed", "--file", tmp_path / "b.bed")
    assert not (tmp_path / "b.bed").exists()
