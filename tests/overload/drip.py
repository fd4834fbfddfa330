"""A way between one member and the broker on which, from one moment on, an octet a second arrives."""
import select
import socket
import threading
import time

from world import free_port


class Drip:
    def __init__(self, broker_port):
        self.port = free_port()
        self.slow = threading.Event()
        self.passed = 0  # octets towards the member since it is slow
        self._broker_port = broker_port
        self._done = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self._done.set()
        self._listener.close()

    def _accept(self):
        while not self._done.is_set():
            try:
                member, _ = self._listener.accept()
            except OSError:
                return
            # Small buffers: what does not pass must wait at the broker.
            broker = socket.socket()
            broker.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16384)
            broker.connect(("127.0.0.1", self._broker_port))
            threading.Thread(target=self._carry, args=(member, broker), daemon=True).start()

    def _carry(self, member, broker):
        with member, broker:
            next_octet = 0.0
            while not self._done.is_set():
                slow = self.slow.is_set()
                due = not slow or time.monotonic() >= next_octet
                readable, _, _ = select.select([member] + ([broker] if due else []), [], [], 0.1)
                for source in readable:
                    towards_member = source is broker
                    try:
                        octets = source.recv(1 if slow and towards_member else 65536)
                        if not octets:
                            return
                        (member if towards_member else broker).sendall(octets)
                    except OSError:
                        return
                    if slow and towards_member:
                        self.passed += len(octets)
                        next_octet = time.monotonic() + 1.0
