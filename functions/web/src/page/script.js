(async () => {
  const say = (text) => { document.getElementById("status").textContent = text; };
  const page = location.href.split("#")[0];
  const answer = await fetch("js-sdk-config?url=" + encodeURIComponent(page)).catch(() => null);
  if (!answer || !answer.ok) return say("暂时无法订阅,请稍后再试。");
  wx.error((error) => say("暂时无法订阅:" + error.errMsg));
  wx.ready(() => { document.documentElement.dataset.ready = "true"; });
  document.addEventListener("WeixinOpenTagsError", () => say("请升级微信后再订阅。"));
  for (const tag of document.querySelectorAll("wx-open-subscribe")) {
    tag.addEventListener("success", (event) => {
      const details = String(event.detail && event.detail.subscribeDetails);
      say(details.includes("accept") ? "订阅成功。" : "没有订阅。");
    });
    tag.addEventListener("error", () => say("订阅失败,请稍后再试。"));
  }
  wx.config(await answer.json());
})();
