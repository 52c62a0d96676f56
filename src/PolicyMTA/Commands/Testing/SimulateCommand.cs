using System.CommandLine;
using System.CommandLine.Parsing;
using System.Net;
using PolicyMTA.Configuration;
using PolicyMTA.Dns;
using PolicyMTA.Policy.Testing;
using PolicyMTA.Receiving;
using PolicyMTA.Rehearsals;
using PolicyMTA.Sdk;

namespace PolicyMTA.Commands.Testing;

/// <summary>
/// <c>policymta simulate</c>: what the server would answer to a message, rule by rule. DNS and tables are asked as they are; nothing is queued, counted, sent or remembered.
/// </summary>
internal static class SimulateCommand
{
    private const string Content = "From: simulated@policymta.invalid\r\nSubject: simulation\r\n\r\nNobody reads this.\r\n";

    public static Command Build(ConfigurationLocation location)
    {
        var ip = new Option<IPAddress>("--client-ip") { Description = "The client's address", CustomParser = Address, DefaultValueFactory = _ => IPAddress.Loopback };
        var name = new Option<string?>("--client-name") { Description = "Its name; DNS is asked when it is not given" };
        var helo = new Option<string>("--helo") { Description = "What it calls itself", DefaultValueFactory = _ => "client.invalid" };
        var from = new Option<string>("--from") { Description = "The sender; empty for the null sender", Required = true };
        var to = new Option<string[]>("--to") { Description = "A recipient; may be given more than once", Required = true };
        var user = new Option<string?>("--sasl-user") { Description = "Who has logged in" };
        var tls = new Option<bool>("--tls") { Description = "The session is encrypted" };
        var listener = new Option<string?>("--listener") { Description = "The listener (default: smtp, else the first)" };
        var message = new Option<FileInfo?>("--message") { Description = "A file with the message", HelpName = "FILE" };
        var policies = new Option<DirectoryInfo?>("--policies") { Description = "Other policies than those in force", HelpName = "FOLDER" };
        var quiet = new Option<bool>("--quiet") { Description = "Leave out rules that had nothing to say" };
        var command = new Command("simulate", "Tell what the server would answer to a message, rule by rule, without any effect") { ip, name, helo, from, to, user, tls, listener, message, policies, quiet };
        command.SetAction((parsed, cancellationToken) => RunAsync(location.File(parsed), new Simulation
        {
            Client = parsed.GetValue(ip)!,
            Name = parsed.GetValue(name),
            Helo = parsed.GetValue(helo)!,
            From = parsed.GetValue(from)!,
            To = parsed.GetValue(to)!,
            User = parsed.GetValue(user),
            HasTls = parsed.GetValue(tls),
            Listener = parsed.GetValue(listener),
            Message = parsed.GetValue(message),
            Policies = parsed.GetValue(policies)?.FullName,
            IsQuiet = parsed.GetValue(quiet),
        }, cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(string file, Simulation simulation, CancellationToken cancellationToken)
    {
        var loaded = ConfigurationLoader.Load(file);
        if (loaded.Configuration is not { } configuration)
        {
            foreach (var error in loaded.Errors) await Console.Error.WriteLineAsync(error.ToString());
            return ExitCode.Failed;
        }
        if (simulation.Policies is { } folder) configuration = configuration with { Policy = configuration.Policy with { Folder = folder, Shadow = null } };
        var content = simulation.Message is { } message ? await File.ReadAllTextAsync(message.FullName, System.Text.Encoding.Latin1, cancellationToken) : Content;
        var options = new RehearsalOptions { Dns = new DnsResolver(new DnsSettings(), TimeProvider.System), Time = TimeProvider.System, ReadsAllTables = true };
        var (rehearsal, result) = await Rehearsal.OpenAsync(configuration, options, cancellationToken);
        foreach (var error in result.Errors) await Console.Error.WriteLineAsync(error.ToString());
        if (rehearsal is null) return ExitCode.Failed;
        await using (rehearsal)
        {
            if (Find(rehearsal, simulation.Listener) is not { } listener)
            {
                await Console.Error.WriteLineAsync($"policymta: there is no listener '{simulation.Listener}'{Spelling.Suggest(simulation.Listener ?? "", rehearsal.Listeners.Select(l => l.Name))}");
                return ExitCode.Usage;
            }
            try
            {
                return await PlayAsync(rehearsal, listener, simulation, content, cancellationToken);
            }
            catch (PolicyTestException over)
            {
                Console.WriteLine($"({over.Message})");
                return ExitCode.Failed;
            }
        }
    }

    /// <summary>Good when every recipient would get the message.</summary>
    private static async Task<int> PlayAsync(Rehearsal rehearsal, ListenerSettings listener, Simulation simulation, string content, CancellationToken cancellationToken)
    {
        var isLmtp = listener.Protocol == ListenerProtocol.Lmtp;
        var session = rehearsal.Open(listener, new IPEndPoint(simulation.Client, 40000), simulation.Known);
        var script = new SimulationText(simulation.IsQuiet);
        script.Write($"connect from {simulation.Client} to {listener.Name}", await session.SayAsync(null, cancellationToken));
        await SayAsync($"{(isLmtp ? "LHLO" : "EHLO")} {simulation.Helo}");
        var isGood = (await SayAsync($"MAIL FROM:<{simulation.From}>")).Code < 300;
        var accepted = 0;
        foreach (var recipient in simulation.To)
        {
            if ((await SayAsync($"RCPT TO:<{recipient}>")).Code < 300) accepted++;
            else isGood = false;
        }
        if (accepted == 0) return ExitCode.Failed;
        foreach (var reply in await session.SendAsync(content, isLmtp, cancellationToken))
        {
            script.Write("DATA", reply);
            isGood &= reply.Code < 300;
        }
        SimulationText.Write(await rehearsal.QueueAsync(cancellationToken));
        return isGood ? ExitCode.Good : ExitCode.Failed;

        async Task<RehearsedReply> SayAsync(string line)
        {
            var reply = await session.SayAsync(line, cancellationToken);
            script.Write(line, reply);
            return reply;
        }
    }

    private static ListenerSettings? Find(Rehearsal rehearsal, string? name) => name is null
        ? rehearsal.Listeners.FirstOrDefault(l => l.Name == "smtp") ?? (rehearsal.Listeners.Count > 0 ? rehearsal.Listeners[0] : null)
        : rehearsal.Listeners.FirstOrDefault(l => l.Name == name);

    private static IPAddress? Address(ArgumentResult result)
    {
        if (result.Tokens is [var token] && IPAddress.TryParse(token.Value, out var address)) return address;
        result.AddError($"--client-ip takes an IP address, not '{string.Join(' ', result.Tokens)}'.");
        return null;
    }

    /// <summary>What is to be played. An immutable value.</summary>
    private sealed record Simulation
    {
        public required IPAddress Client { get; init; }
        public string? Name { get; init; }
        public required string Helo { get; init; }
        public required string From { get; init; }
        public required IReadOnlyList<string> To { get; init; }
        public string? User { get; init; }
        public bool HasTls { get; init; }
        public string? Listener { get; init; }
        public FileInfo? Message { get; init; }
        public string? Policies { get; init; }
        public bool IsQuiet { get; init; }

        public KnownClient Known => new()
        {
            Name = Name,
            Tls = HasTls ? new Tls { Version = "TLSv1.3", Cipher = "TLS_AES_256_GCM_SHA384", Bits = 256 } : null,
            Sasl = User is null ? null : new Sasl(User, "PLAIN"),
        };
    }
}
