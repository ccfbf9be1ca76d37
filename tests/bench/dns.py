#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a child's DNS question costs: redirected through the proxy, against asking the server.

    sudo tests/bench/dns.py PATH/TO/dns-proxy-run [ROUNDS]

Both ways are asked in turn, in one run; the ratio is of their medians over all rounds. The server
answers at once, over a cable without length, which is the worst case for a ratio: the proxy's two
extra wake-ups are compared to two. The second table waits WAIT_MS before each answer, as a
router at home or the provider's resolver does.
"""

import json
import pathlib
import shutil
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from lab import DNS4, House, eventually  # noqa: E402

N_QUESTIONS = 1000
N_WAITED = 200
WAIT_MS = 2
WAITING4 = "10.77.0.9"

POLICY = {"luytre": 1,
          "profiles": {"p": {"sites": {"default": "allow", "block": ["games.test"]}}},
          "children": [{"user": "na", "profile": "p"}]}

# A server that takes its time; busy, because a timer would add its own slack.
WAITING = """
import socket, sys, time
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.bind((sys.argv[1], 53))
print("ready", flush=True)
while True:
    query, client = sock.recvfrom(4096)
    end = time.perf_counter() + %d / 1000
    reply = query[:2] + b"\\x81\\x80\\0\\1\\0\\0\\0\\0\\0\\0" + query[12:]
    while time.perf_counter() < end:
        pass
    sock.sendto(reply, client)
""" % WAIT_MS


def start_proxy(house, program, server):
    folder = house.work / "proxy"
    folder.mkdir(mode=0o755, exist_ok=True)
    shutil.copy(program, folder / "run")
    (folder / "resolv.conf").write_text(f"nameserver {server}\n", encoding="ascii")
    (folder / "policy.json").write_text(json.dumps(POLICY), encoding="utf-8")
    process = house.start_as("root", [str(folder / "run"), str(folder / "resolv.conf"),
                                      str(folder / "policy.json"), "na:30001:1"],
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    lines = (line.decode().split() for line in process.stdout)
    port = next(int(words[2]) for words in lines if words[0] == "port")
    return process, port


def redirect(house, port):
    rules = f"table inet bench {{ chain o {{\ntype nat hook output priority -100\n" \
            f"meta skuid 30001 udp dport 53 redirect to :{port}\n}}\n}}\n"
    done = house.run_as("root", ["nft", "-f", "-"], stdin=rules)
    if done.rc != 0:
        raise RuntimeError(done.err)


def ask(house, user, server, count, name="school.test"):
    done = house.run_as(user, ["/usr/bin/python3", str(house.work / "dns_client.py"), "times", "53",
                               name, str(count), server], timeout=120)
    if done.rc != 0:
        raise RuntimeError(done.err)
    return json.loads(done.out)["us"]


def compare(house, server, count, rounds):
    spent = {"me": [], "na": []}
    for _ in range(rounds):
        for user, times in spent.items():
            times += ask(house, user, server, count)
    direct, proxied = (sorted(spent[user]) for user in ("me", "na"))
    print(f"{'':10}{'median us':>12}{'p99 us':>12}")
    for label, times in (("direct", direct), ("proxy", proxied)):
        print(f"{label:10}{statistics.median(times):12.0f}{times[len(times) * 99 // 100]:12.0f}")
    added = statistics.median(proxied) - statistics.median(direct)
    print(f"ratio of medians {statistics.median(proxied) / statistics.median(direct):.2f}, "
          f"added {added:.0f} us")


def main():
    program = sys.argv[1]
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    with House() as house:
        house.start_servers()
        house.server_ip(f"addr add {WAITING4}/24 dev lt1")
        shutil.copy(HERE.parent / "net" / "dns_client.py", house.work / "dns_client.py")

        process, port = start_proxy(house, program, DNS4)
        redirect(house, port)
        print(f"nsd, {rounds} rounds of {N_QUESTIONS} questions each way")
        compare(house, DNS4, N_QUESTIONS, rounds)
        refused = statistics.median(ask(house, "na", DNS4, N_QUESTIONS, "games.test"))
        print(f"refused: median {refused:.0f} us")
        process.stdin.close()
        process.wait()

        log = house.work / "waiting.log"
        with open(log, "wb") as output:
            house.start_server(["/usr/bin/python3", "-c", WAITING, WAITING4], stdout=output)
        eventually(lambda: b"ready" in log.read_bytes(), "the server")
        house.run_as("root", ["nft", "delete table inet bench"])
        process, port = start_proxy(house, program, WAITING4)
        redirect(house, port)
        print(f"\na server that takes {WAIT_MS} ms, {rounds} rounds of {N_WAITED} questions")
        compare(house, WAITING4, N_WAITED, rounds)
        process.stdin.close()
        process.wait()


if __name__ == "__main__":
    main()
