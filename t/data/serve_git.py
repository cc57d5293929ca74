#!/usr/bin/env python3
"""Serve the repositories below a folder over HTTP, with git http-backend.

usage: serve_git.py ROOT PORTFILE

Listens on 127.0.0.1, at a port that the system chooses and that is written to
PORTFILE, and answers until the process is killed.
"""
import http.server
import os
import subprocess
import sys
import urllib.parse


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def chunks(self):
        """The parts of a chunked body; git sends large packs that way."""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass

    def body(self):
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            return b"".join(self.chunks())
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def environment(self, body):
        path, _, query = self.path.partition("?")
        return dict(
            os.environ,
            GIT_PROJECT_ROOT=self.server.root,
            GIT_HTTP_EXPORT_ALL="1",
            GIT_PROTOCOL=self.headers.get("Git-Protocol", ""),
            PATH_INFO=urllib.parse.unquote(path),
            QUERY_STRING=query,
            REQUEST_METHOD=self.command,
            REMOTE_ADDR=self.client_address[0],
            CONTENT_TYPE=self.headers.get("Content-Type", ""),
            CONTENT_LENGTH=str(len(body)),
            HTTP_CONTENT_ENCODING=self.headers.get("Content-Encoding", ""),
        )

    def answer(self):
        body = self.body()
        cgi = subprocess.run(["git", "http-backend"], input=body,
                             env=self.environment(body),
                             stdout=subprocess.PIPE, check=False)
        head, _, content = cgi.stdout.partition(b"\r\n\r\n")
        fields = [line.split(": ", 1) for line in head.decode().splitlines()]
        status = dict(fields).get("Status", "200 OK")
        self.send_response_only(int(status.split()[0]))
        for name, value in fields:
            if name != "Status":
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = answer


def main(root, port_file):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.root = root
    with open(port_file + ".new", "w", encoding="ascii") as out:
        out.write(f"{server.server_port}\n")
    os.rename(port_file + ".new", port_file)
    server.serve_forever()


main(*sys.argv[1:])
