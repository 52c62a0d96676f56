using System.Net;

namespace PolicyMTA.EndToEnd.Peers;

/// <summary>An rspamd that scans: it does what a subject says (wait it out, mark it, write it anew), and adds fields to what passes.</summary>
internal static class RspamdScanner
{
    public static async Task<Daemon> StartAsync(IPEndPoint endpoint)
    {
        Command.Require("rspamd");
        var folder = Directory.CreateTempSubdirectory("policymta-rspamd-").FullName;
        foreach (var name in new[] { "local.d", "db", "run", "log" }) Directory.CreateDirectory(Path.Combine(folder, name));
        await WriteAsync("options.inc", "dns { timeout = 1s; retransmits = 1; }\nfilters = \"regexp\";");
        await WriteAsync("logging.inc", "type = \"console\"; level = \"warning\";");
        await WriteAsync("worker-normal.inc", $"bind_socket = \"127.0.0.1:{endpoint.Port}\"; count = 1;");
        foreach (var worker in new[] { "controller", "proxy", "fuzzy" }) await WriteAsync($"worker-{worker}.inc", "enabled = false;");
        // What would ask the world, or a database.
        foreach (var module in new[] { "rbl", "surbl", "fuzzy_check", "asn", "neural", "history_redis", "phishing", "bayes_expiry", "spf", "dkim", "dmarc", "arc", "hfilter", "mx_check" }) await WriteAsync($"{module}.conf", "enabled = false;");
        await WriteAsync("milter_headers.conf", "use = [\"x-spamd-result\", \"x-virus\"]; extended_spam_headers = true; skip_local = false; skip_authenticated = false;");
        await WriteAsync("force_actions.conf", "rules { WAIT { action = \"soft reject\"; expression = \"WAIT_IT\"; message = \"Come again\"; } MARK { action = \"add header\"; expression = \"MARK_IT\"; } WRITE { action = \"rewrite subject\"; expression = \"WRITE_IT\"; } }");
        await File.WriteAllLinesAsync(Path.Combine(folder, "rspamd.local.lua"), new[] { "wait", "mark", "write" }.Select(word => $"config['regexp']['{word.ToUpperInvariant()}_IT'] = {{ re = 'Subject=/{word} it/H', score = 0.1 }}"));
        return await Daemon.StartAsync(folder, endpoint, "rspamd", ["-f", "-i", "-c", "/etc/rspamd/rspamd.conf", $"--var=LOCAL_CONFDIR={folder}", $"--var=DBDIR={folder}/db", $"--var=RUNDIR={folder}/run", $"--var=LOGDIR={folder}/log"]);

        Task WriteAsync(string name, string text) => File.WriteAllTextAsync(Path.Combine(folder, "local.d", name), text + "\n");
    }
}
