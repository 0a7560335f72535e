// The compiler puts the files into the program (C23 #embed): no file beside it, no build step.
#include "CConsole.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char index_html[] = {
#embed "pages/index.html"
};
static const unsigned char icon_svg[] = {
#embed "pages/icon.svg"
};
static const unsigned char console_css[] = {
#embed "pages/console.css"
};
static const unsigned char campana_js[] = {
#embed "pages/campana.js"
};
static const unsigned char console_js[] = {
#embed "pages/console.js"
};
static const unsigned char api_js[] = {
#embed "pages/api.js"
};
static const unsigned char chart_js[] = {
#embed "pages/chart.js"
};
static const unsigned char connections_js[] = {
#embed "pages/connections.js"
};
static const unsigned char dom_js[] = {
#embed "pages/dom.js"
};
static const unsigned char events_js[] = {
#embed "pages/events.js"
};
static const unsigned char format_js[] = {
#embed "pages/format.js"
};
static const unsigned char live_js[] = {
#embed "pages/live.js"
};
static const unsigned char notifications_js[] = {
#embed "pages/notifications.js"
};
static const unsigned char overview_js[] = {
#embed "pages/overview.js"
};
static const unsigned char stock_js[] = {
#embed "pages/stock.js"
};
static const unsigned char tasks_js[] = {
#embed "pages/tasks.js"
};
static const unsigned char texts_js[] = {
#embed "pages/texts.js"
};
static const unsigned char webhooks_js[] = {
#embed "pages/webhooks.js"
};

#define PAGE(name, bytes) {name, bytes, sizeof bytes}

static const struct console_page pages[] = {
    PAGE("index.html", index_html),
    PAGE("icon.svg", icon_svg),
    PAGE("console.css", console_css),
    PAGE("campana.js", campana_js),
    PAGE("console.js", console_js),
    PAGE("api.js", api_js),
    PAGE("chart.js", chart_js),
    PAGE("connections.js", connections_js),
    PAGE("dom.js", dom_js),
    PAGE("events.js", events_js),
    PAGE("format.js", format_js),
    PAGE("live.js", live_js),
    PAGE("notifications.js", notifications_js),
    PAGE("overview.js", overview_js),
    PAGE("stock.js", stock_js),
    PAGE("tasks.js", tasks_js),
    PAGE("texts.js", texts_js),
    PAGE("webhooks.js", webhooks_js),
};

int console_page_count(void) { return sizeof pages / sizeof *pages; }

struct console_page console_page_at(int index) { return pages[index]; }
