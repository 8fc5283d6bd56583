"""test_host.py - the reference runner gives output and status unchanged.

Layer: tests/lib   Source: host.py

SPDX-License-Identifier: MIT
"""
import os
import time

import host


def shell(script, **options):
    return host.host_run(["/bin/sh", "-c", script], **options)


def test_output_and_status_are_the_programs_own():
    assert shell("printf 'a\\000b'; exit 7") == (b"a\0b", 7)


def test_standard_error_is_in_the_output_in_order():
    assert shell("echo 1; echo 2 >&2; echo 3") == (b"1\n2\n3\n", 0)


def test_death_by_signal_is_128_plus_its_number():
    assert shell("kill -TERM $$") == (b"", 128 + 15)


def test_standard_input_is_empty():
    assert shell("cat; echo end") == (b"end\n", 0)


def test_environment_and_directory_are_fixed():
    os.environ["NESTLING_TEST_LEAK"] = "leaked"
    try:
        output, status = shell("echo $NESTLING_TEST_LEAK $HOME; pwd")
    finally:
        del os.environ["NESTLING_TEST_LEAK"]
    assert (output, status) == (b"/\n/\n", 0)


def test_a_hang_is_reported_and_ended():
    start = time.monotonic()
    output, status = shell("echo before; sleep 60 & wait", timeout=1)
    assert (output, status) == (b"before\n", host.TIMED_OUT)
    assert time.monotonic() - start < 30


def test_tmp_is_private_and_fresh_when_possible():
    name = f"/tmp/nestling-test-host-{os.getpid()}"
    output, status = shell(f"echo x > {name}; ls /tmp | wc -l")
    assert status == 0
    if host.has_private_tmp():
        # A tree below /tmp stays there.
        kept = host.TOP.startswith("/tmp/")
        assert int(output) == 1 + kept
        assert not os.path.exists(name)
    else:
        os.unlink(name)
