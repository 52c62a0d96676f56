using System.Net;
using System.Text;
using System.Text.Json;

namespace PolicyMTA.EndToEnd.Peers;

/// <summary>An rspamd of its own that looks at signatures, and signs for one domain.</summary>
internal sealed class Rspamd : IAsyncDisposable
{
    private readonly Daemon _daemon;
    private readonly HttpClient _client;

    private Rspamd(Daemon daemon, int port) => (_daemon, _client) = (daemon, new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}/") });

    public static async Task<Rspamd> StartAsync(string domain, string selector, string keyFile, Nameserver nameserver)
    {
        Command.Require("rspamd");
        var folder = Directory.CreateTempSubdirectory("policymta-rspamd-").FullName;
        var port = RunningServer.FreePorts(1)[0];
        foreach (var name in new[] { "local.d", "override.d", "db", "run", "log" }) Directory.CreateDirectory(Path.Combine(folder, name));
        await WriteAsync("options.inc", "dns { timeout = 2s; retransmits = 3; }\nfilters = \"dkim\";");
        await WriteAsync("logging.inc", "type = \"console\"; level = \"warning\";");
        await WriteAsync("worker-normal.inc", $"bind_socket = \"127.0.0.1:{port}\"; count = 1;");
        foreach (var worker in new[] { "controller", "proxy", "fuzzy" }) await WriteAsync($"worker-{worker}.inc", "enabled = false;");
        // What would ask the world, or a database.
        foreach (var module in new[] { "rbl", "surbl", "fuzzy_check", "asn", "neural", "history_redis", "phishing", "bayes_expiry" }) await WriteAsync($"{module}.conf", "enabled = false;");
        await WriteAsync("dkim_signing.conf", $"sign_local = true; sign_authenticated = true; allow_username_mismatch = true; use_domain = \"header\"; try_fallback = false; use_esld = false;\ndomain {{ {domain} {{ path = \"{keyFile}\"; selector = \"{selector}\"; }} }}");
        string[] command =
        [
            .. nameserver.CommandFor("rspamd"), "-f", "-i", "-c", "/etc/rspamd/rspamd.conf", $"--var=LOCAL_CONFDIR={folder}", $"--var=DBDIR={folder}/db", $"--var=RUNDIR={folder}/run", $"--var=LOGDIR={folder}/log",
        ];
        return new Rspamd(await Daemon.StartAsync(folder, new IPEndPoint(IPAddress.Loopback, port), command[0], command[1..]), port);

        Task WriteAsync(string name, string text) => File.WriteAllTextAsync(Path.Combine(folder, "local.d", name), text + "\n");
    }

    /// <summary>The selectors of good signatures, and the symbols of all others.</summary>
    public async Task<IReadOnlyList<string>> VerifyAsync(string message)
    {
        using var answer = await CheckAsync(message, ("IP", "192.0.2.1"));
        return [.. answer.RootElement.GetProperty("symbols").EnumerateObject().Where(symbol => symbol.Name.StartsWith("R_DKIM_", StringComparison.Ordinal)).SelectMany(symbol =>
            symbol.Value.TryGetProperty("options", out var options) ? options.EnumerateArray().Select(option => $"{symbol.Name} {option.GetString()}") : [symbol.Name])];
    }

    /// <summary>The message with a signature of rspamd's.</summary>
    public async Task<string> SignAsync(string message)
    {
        using var answer = await CheckAsync(message, ("IP", "127.0.0.1"), ("User", "alice@example.test"));
        return $"DKIM-Signature: {answer.RootElement.GetProperty("dkim-signature").GetString()}\r\n{message}";
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _daemon.DisposeAsync();
    }

    private async Task<JsonDocument> CheckAsync(string message, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "checkv2") { Content = new ByteArrayContent(Encoding.Latin1.GetBytes(message)) };
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        using var response = await _client.SendAsync(request);
        response.EnsureSuccessStatusCode();
        return JsonDocument.Parse(await response.Content.ReadAsStringAsync());
    }
}
