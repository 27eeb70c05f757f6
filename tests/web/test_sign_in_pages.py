"""The entrance and one's own account, as a browser sees them; and what is shut to whom."""

import re
from pathlib import Path
from urllib.parse import quote

import httpx
import pyotp
import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute

from serai.cloud import RIGHTS, ROLES, open_sessions
from serai.flows import House
from serai.web import Web
from serai.web.entry import own_path
from serai.web.languages import LANGUAGES
from tests.flows.clock import SetClock
from tests.people import PASSWORD, let_in, role_on
from tests.web.conftest import open_pages
from tests.web.forms import hidden_of, send
from tests.web.test_pages import Elements
from tests.web.visitors import sign_in_as

LIN = {"name": "lin", "password": PASSWORD}


@pytest.fixture
async def lin(house: House) -> int:
    person = await let_in(
        house, "lin", role_on("brand_manager"), display_name="<script>Lin</script>"
    )
    return person.id


async def sign_in(door: httpx.AsyncClient, onward: str = "/group/orders") -> httpx.Response:
    page = (await door.get(f"/sign-in?next={quote(onward)}")).text
    return await send(door, page, "/sign-in", LIN)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_entrance_is_whole(door: httpx.AsyncClient, language: str) -> None:
    answer = await door.get(f"/sign-in?lang={language}")
    assert answer.status_code == 200
    assert f'<html lang="{language}"' in answer.text
    found = Elements(answer.text).found
    assert not [tag for tag, held in found if "style" in held or tag == "style"]
    assert "serai user create" in answer.text  # nobody is known yet
    assert "People of the demo" not in answer.text
    assert PASSWORD not in answer.text


async def test_whoever_is_not_signed_in_is_led_there_and_back(
    door: httpx.AsyncClient, lin: int
) -> None:
    asked = await door.get("/group/orders?channel=web")
    assert asked.status_code == 303
    assert asked.headers["location"] == "/sign-in?next=/group/orders%3Fchannel%3Dweb"
    page = (await door.get(asked.headers["location"])).text
    answer = await send(door, page, "/sign-in", LIN)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/group/orders?channel=web"
    shown = await door.get(answer.headers["location"])
    assert shown.status_code == 200
    assert shown.headers["cache-control"] == "no-store"
    assert "&lt;script&gt;Lin&lt;/script&gt;" in shown.text
    assert "<script>Lin" not in shown.text


async def test_the_cookie_is_for_us_alone(door: httpx.AsyncClient, lin: int) -> None:
    answer = await sign_in(door)
    (cookie,) = [
        one for one in answer.headers.get_list("set-cookie") if one.startswith("serai_session=")
    ]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    secret = re.search("serai_session=([^;]+)", cookie)
    assert secret is not None
    assert secret.group(1) not in answer.text


@pytest.mark.parametrize(
    "onward",
    [
        "https://evil.example/", "//evil.example/", "/\\evil.example", "\\\\evil.example", "evil",
        "javascript:alert(1)", "/%0d%0aset-cookie:a=b\r\nx: y", "/a\nb", "/sign-out",
        "/sign-in?next=//evil.example", "", "https:evil.example", " //evil.example",
    ],
)  # fmt: skip
async def test_nobody_is_led_elsewhere(door: httpx.AsyncClient, lin: int, onward: str) -> None:
    answer = await sign_in(door, onward)
    assert answer.status_code == 303
    assert answer.headers["location"] == own_path(onward)
    assert answer.headers["location"].startswith("/")
    assert "evil" not in answer.headers["location"]


@pytest.mark.parametrize(("name", "password"), [("lin", "not it at all"), ("nobody", PASSWORD)])
async def test_what_is_wrong_is_said_alike(
    door: httpx.AsyncClient, lin: int, name: str, password: str
) -> None:
    page = (await door.get("/sign-in")).text
    answer = await send(door, page, "/sign-in", {"name": name, "password": password})
    assert answer.status_code == 401
    assert "The name or the password is wrong." in answer.text
    assert password not in answer.text
    assert "serai_session" not in answer.headers.get("set-cookie", "")


async def test_a_form_from_elsewhere_is_refused(door: httpx.AsyncClient, lin: int) -> None:
    assert (await door.post("/sign-in", data=LIN)).status_code == 403
    await sign_in(door)
    assert (await door.post("/sign-out")).status_code == 403
    assert (await door.get("/account")).status_code == 200


async def test_a_session_is_over_everywhere_when_it_is_signed_out(
    door: httpx.AsyncClient, lin: int
) -> None:
    await sign_in(door)
    stolen = dict(door.cookies)
    page = (await door.get("/account")).text
    left = await send(door, page, "/sign-out", {})
    assert left.headers["location"] == "/sign-in"
    assert (await door.get("/account")).status_code == 303
    door.cookies.update(stolen)
    assert (await door.get("/account")).status_code == 303


async def test_a_part_of_a_page_sends_the_whole_page_to_the_entrance(
    door: httpx.AsyncClient,
) -> None:
    answer = await door.get(
        "/group/orders",
        headers={"hx-request": "true", "hx-current-url": "http://house/group/books?day=1"},
    )
    assert answer.status_code == 401
    assert answer.headers["hx-redirect"] == "/sign-in?next=/group/books%3Fday%3D1"
    live = await door.get("/group/live", headers={"accept": "text/event-stream"})
    assert live.status_code == 401


async def test_the_second_step(
    door: httpx.AsyncClient, house: House, lin: int, clock: SetClock
) -> None:
    await sign_in(door)
    page = (await door.get("/account/authenticator")).text
    assert "<svg" in page
    found = re.search(r'<code class="secret">([A-Z2-7 ]+)</code>', page)
    assert found is not None
    totp = pyotp.TOTP(found.group(1).replace(" ", ""))
    wrong = await send(door, page, "/account/authenticator", {"code": "000000"})
    assert wrong.status_code == 422
    enrolled = await send(door, wrong.text, "/account/authenticator", {"code": totp.at(clock.now)})
    codes = re.findall(r"<li><code>([A-Z2-9-]{11})</code>", enrolled.text)
    assert len(codes) == 10
    door.cookies.delete("serai_session")
    clock.forward(seconds=60)
    half = await sign_in(door, "/group/books")
    assert half.headers["location"] == "/sign-in/code?next=%2Fgroup%2Fbooks"
    assert (await door.get("/account")).status_code == 303  # half a session opens nothing
    page = (await door.get(half.headers["location"])).text
    code = totp.at(clock.now)
    whole = await send(door, page, "/sign-in/code", {"code": code})
    assert whole.headers["location"] == "/group/books"
    assert (await door.get("/account")).status_code == 200
    page = (await door.get("/account/authenticator")).text
    replayed = await send(door, page, "/account/authenticator/removal", {"code": code})
    assert replayed.status_code == 422
    off = await send(door, page, "/account/authenticator/removal", {"code": codes[0]})
    assert off.status_code == 303


async def test_ones_own_password_sessions_and_language(
    door: httpx.AsyncClient, house: House, lin: int, tmp_path: Path
) -> None:
    await sign_in(door)
    async with open_pages(house, tmp_path) as other:
        await sign_in(other)
        page = (await door.get("/account")).text
        assert "What you hold" in page
        ended = [one.id for one in await open_sessions(house.database, lin)]
        others = re.findall(r'name="session" value="(\d+)"', page)
        assert len(others) == 1
        assert int(others[0]) in ended
        await door.post(
            "/account/sessions",
            data={**hidden_of(page, "/account/sessions"), "session": others[0]},
        )
        assert (await other.get("/account")).status_code == 303
    kept = await send(door, page, "/account/language", {"language": "zh-CN"})
    assert kept.headers["location"] == "/account?lang=zh-CN"
    page = (await door.get("/account?lang=zh-CN")).text
    assert "我的账号" in page
    new = "three brave paper boats"
    form = {"old": PASSWORD, "password": new, "again": "three brave paper boat"}
    assert (await send(door, page, "/account/password", form)).status_code == 422
    changed = await send(door, page, "/account/password", {**form, "again": new})
    assert changed.headers["location"] == "/account?done=password"
    assert (await door.get("/account")).status_code == 200


async def test_more_than_the_form_asks_for_changes_nothing(
    door: httpx.AsyncClient, house: House, lin: int
) -> None:
    await sign_in(door)
    page = (await door.get("/account")).text
    await send(
        door, page, "/account/language",
        {"language": "en", "active": "0", "role": "group_controller", "person_id": "1", "id": "1"},
    )  # fmt: skip
    answer = await door.get("/group/books")
    assert answer.status_code == 404  # a brand's manager sees no books


async def test_whoever_holds_nothing_is_told(door: httpx.AsyncClient, house: House) -> None:
    await sign_in_as(door, house)
    answer = await door.get("/group")
    assert answer.status_code == 403
    assert "Nothing here is open to you yet" in answer.text
    assert (await door.get("/", follow_redirects=False)).headers["location"] == "/account"


@pytest.mark.parametrize("role", ROLES)
async def test_each_lands_on_what_is_theirs(
    door: httpx.AsyncClient, house: House, role: str
) -> None:
    await sign_in_as(door, house, role_on(role))
    landed = (await door.get("/")).headers["location"]
    answer = await door.get(landed)
    assert answer.status_code == 200, landed
    shown = set(re.findall(r'<a href="(/[a-z/-]+)" data-key', answer.text))
    for address in shown:
        assert (await door.get(address)).status_code == 200, address


@pytest.mark.parametrize(
    ("role", "page"),
    [
        ("group_analyst", "/group"),
        ("store_clerk", "/group/orders"),
        ("group_it", "/admin/health"),
        ("city_officer", "/group"),
    ],
)
async def test_the_day_begins_where_the_work_is(
    door: httpx.AsyncClient, house: House, role: str, page: str
) -> None:
    await sign_in_as(door, house, role_on(role))
    assert (await door.get("/")).headers["location"] == page


async def test_every_page_says_whom_it_is_for(house: House, tmp_path: Path) -> None:
    application = Litestar(plugins=[Web(house, tmp_path)], openapi_config=None)
    tried = 0
    for route in application.routes:
        if not isinstance(route, HTTPRoute) or route.path.startswith("/static"):
            continue
        for handler in route.route_handlers:
            if handler.http_methods == {"OPTIONS"}:
                continue  # the framework's own
            said = handler.opt.keys() & {"open", "own", "right"}
            assert len(said) == 1, f"{route.path} says {said or 'nothing'}"
            assert handler.opt.get("right", "orders.read") in RIGHTS
            tried += 1
    assert tried > 35
