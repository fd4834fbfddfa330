"""A time stamp authority of the test's own: `openssl ts` behind an HTTP server, in a thread of this process."""
import http.server
import os
import subprocess
import threading

CONFIG = """[tsa]
default_tsa = t
[t]
serial = {dir}/tsa.serial
default_policy = 1.2.3.4.1
digests = sha256
signer_digest = sha256
ess_cert_id_chain = no
[stamping]
extendedKeyUsage = critical,timeStamping
keyUsage = critical,digitalSignature
"""
NEW_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]


class Authority:
    def __init__(self, folder):
        self.dir = folder
        os.makedirs(folder)
        for name, text in (("tsa.cnf", CONFIG.format(dir=folder)), ("tsa.serial", "01\n")):
            with open(self.path(name), "w", encoding="utf-8") as file:
                file.write(text)
        self.openssl("req", "-x509", *NEW_KEY, "-days", "30", "-subj", "/CN=ca", "-keyout", self.path("ca.key"), "-out",
                     self.path("ca.pem"))
        self.openssl("req", *NEW_KEY, "-subj", "/CN=tsa", "-keyout", self.path("tsa.key"), "-out", self.path("tsa.csr"))
        self.openssl("x509", "-req", "-in", self.path("tsa.csr"), "-CA", self.path("ca.pem"), "-CAkey", self.path("ca.key"),
                     "-CAcreateserial", "-days", "30", "-extfile", self.path("tsa.cnf"), "-extensions", "stamping", "-out",
                     self.path("tsa.pem"))
        authority = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                query = self.rfile.read(int(self.headers["Content-Length"]))
                good = self.headers["Content-Type"] == "application/timestamp-query"
                self.send_response(200 if good else 415)
                self.send_header("Content-Type", "application/timestamp-reply")
                self.end_headers()
                if good:
                    self.wfile.write(authority.stamp(query))

            def log_message(self, *_):
                pass

        self.server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/tsa"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def path(self, name):
        return os.path.join(self.dir, name)

    def openssl(self, *arguments):
        subprocess.run(["openssl", *arguments], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def stamp(self, query):
        with open(self.path("query"), "wb") as file:
            file.write(query)
        self.openssl("ts", "-reply", "-config", self.path("tsa.cnf"), "-queryfile", self.path("query"), "-signer",
                     self.path("tsa.pem"), "-inkey", self.path("tsa.key"), "-out", self.path("reply"))
        with open(self.path("reply"), "rb") as file:
            return file.read()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
