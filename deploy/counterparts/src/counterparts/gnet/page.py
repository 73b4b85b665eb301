"""The page on which a person watches the older system."""

from typing import Final

PAGE: Final = """<!doctype html>
<html lang="zh-CN"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>G网CRM · 演示对端</title>
<style>
 body{font:14px/1.5 system-ui,sans-serif;margin:0;color:#1f2328;background:#f6f7f9}
 header{background:#23304a;color:#fff;padding:12px 20px} header small{opacity:.75}
 main{padding:16px 20px;max-width:1200px} section{display:flex;gap:12px;flex-wrap:wrap;margin-bottom:16px}
 .tile{background:#fff;border:1px solid #dfe3e8;border-radius:6px;padding:8px 16px;min-width:110px}
 .tile b{display:block;font-size:22px;font-variant-numeric:tabular-nums}
 .bad b{color:#c62828} table{border-collapse:collapse;width:100%;background:#fff}
 th,td{text-align:left;padding:6px 10px;border-bottom:1px solid #e6e9ed} th{background:#eef1f5}
 td{font-variant-numeric:tabular-nums} button{padding:4px 10px;margin-right:6px}
</style>
<header><strong>G网CRM</strong> <small>older system · 模拟的老系统,只讲网络协议</small></header>
<main>
 <section id="tiles" aria-live="polite"></section>
 <p>回写时 on write-back: <span id="mood"></span>
  <button data-mode="ok">正常 ok</button><button data-mode="fail">报错 fail</button>
  <button data-mode="hang">卡住 hang</button><button data-mode="lose_answer">丢应答 lose answer</button>
  <button id="push">推一单 push one</button></p>
 <table><thead><tr><th>单号 order<th>内容 content<th>状态 state<th>次数 tries<th>工单 work order<th>回写 write-back</tr></thead>
 <tbody id="rows"></tbody></table>
</main>
<script>
const names = {waiting:"待推送 waiting",acknowledged:"已接收 acknowledged",refused:"被拒 refused",applied:"已回写 applied",
 duplicate:"重复 duplicate",double:"双重生效 double",out_of_order:"次序颠倒 out of order",
 unknown_order:"无此单 unknown",not_applied:"未生效 not applied"};
const post = (path, body) => fetch(path, {method:"POST", headers:{"content-type":"application/json"}, body:JSON.stringify(body)}).then(show);
const cell = (row, text) => { row.insertCell().textContent = text; };
function tile(name, count) {
  const box = document.createElement("div"); box.className = "tile" + (["double","out_of_order","unknown_order"].includes(name) ? " bad" : "");
  const number = document.createElement("b"); number.textContent = count; box.append(number, names[name] || name); return box;
}
async function show() {
  const book = await (await fetch("/ledger?limit=100")).json();
  mood.textContent = book.behaviour.mode;
  tiles.replaceChildren(...Object.entries({...book.totals.orders, ...book.totals.deliveries}).map(([n, c]) => tile(n, c)));
  rows.replaceChildren();
  for (const order of book.orders) {
    const row = rows.insertRow(), work = order.document.workOrderItem[0].work;
    cell(row, order.external_id); cell(row, work.name); cell(row, names[order.state] + (order.last_error ? " · " + order.last_error : ""));
    cell(row, order.tries); cell(row, order.work_order_id.slice(0, 8));
    cell(row, order.effects.map(e => e.outcome + " " + e.applied_at.slice(5, 16).replace("T", " ")).join(", "));
  }
}
for (const button of document.querySelectorAll("[data-mode]"))
  button.onclick = () => post("/behaviour", {mode: button.dataset.mode, seconds: 30});
push.onclick = () => post("/orders", {n: 1, prefix: "P" + Date.now()});
show(); setInterval(show, 3000);
</script></html>
"""
