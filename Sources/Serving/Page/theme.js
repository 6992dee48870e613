// Sets the colours that were chosen before the first paint. A classic script, because modules wait for the whole page.
(function () {
    try {
        const theme = localStorage.getItem("isobath.theme");
        if (theme === "light" || theme === "dark") {
            document.documentElement.dataset.theme = theme;
        }
    } catch {
        // Storage is blocked: the system's colours it is.
    }
})();
