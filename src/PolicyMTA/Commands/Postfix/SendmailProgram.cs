using PolicyMTA.Receiving.Submission;
using PolicyMTA.Sdk;

namespace PolicyMTA.Commands.Postfix;

/// <summary><c>sendmail</c>: hands mail in through the maildrop folder, whether a server runs or not (sendmail(1)).</summary>
internal static class SendmailProgram
{
    // With these the mode of operation is another program's; -I and -A, -p, -x, -U, -e, -h, -m, -n, -c, -O and -X mean nothing here.
    private const string Letters = "A:B:C:F:GIL:N:O:R:UV:X:b:ce:f:h:imno:p:r:q:tvx";

    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, TimeProvider time, CancellationToken cancellationToken)
    {
        var options = Options.Parse([.. arguments.Select(Modern)], Letters);
        var configuration = options.Configuration ?? options.Find('C');
        var mode = options.Find('b') ?? "m";
        if (options.Find('q') is { } queue) return await FlushAsync(configuration, queue, options, cancellationToken);
        if (options.Has('I')) mode = "i";
        return mode[..1] switch
        {
            "m" => await SendAsync(options, Site.Find(configuration), time, cancellationToken),
            "a" => await SendAsync(options, Site.Find(configuration), time, cancellationToken),
            "p" => await PostqueueProgram.RunMailqAsync(["--config", Site.Find(configuration).File], time, cancellationToken),
            "s" => await new StandardInputSession(SubmissionFolder.Of(Site.Find(configuration)), Console.OpenStandardInput(), Console.Out, time).RunAsync(cancellationToken),
            "v" => throw new FatalException(SystemExit.Unavailable, "-bv needs address verification by report, which this version has not; see policymta check"),
            "i" => await NewaliasesProgram.CheckAsync("newaliases", Site.Find(configuration)),
            "d" or "D" or "l" => throw new FatalException(SystemExit.Usage, "the server is started with policymta serve"),
            _ => throw new FatalException(SystemExit.Usage, $"unsupported: -b{mode}"),
        };
    }

    // -q alone flushes: getopt has no optional values, and neither have we.
    private static string Modern(string argument) => argument == "-q" ? "-q " : argument;

    private static async Task<int> SendAsync(Options options, Site site, TimeProvider time, CancellationToken cancellationToken)
    {
        var user = SystemUsers.Current;
        var message = new SubmissionRequest
        {
            Sender = options.Has('f') || options.Has('r') ? Sender(options) : user.Name,
            FullName = options.Find('F') ?? (options.Has('f') || options.Has('r') ? null : SystemUsers.FindFullName(user) is { Length: > 0 } name ? name : null),
            Recipients = [.. options.Operands],
            ReadsRecipients = options.Has('t'),
            EndsAtDot = !options.Has('i') && !options.Given.Any(option => option is ('o', "i")),
            Notify = Notify(options),
            Ret = options.Find('R') is { } ret ? Ret(ret) : Sdk.Ret.Unspecified,
            EnvelopeId = options.Find('V'),
            Body = options.Find('B') is { } body ? Body(body) : BodyType.Unspecified,
        };
        if (!message.ReadsRecipients && message.Recipients.Count == 0)
            throw new FatalException(SystemExit.Usage, $"{user.Name}({user.Id}): Recipient addresses must be specified on the command line or via the -t option");
        await using var input = Console.OpenStandardInput();
        await SubmissionFolder.Of(site).SendAsync(message, input, time, cancellationToken);
        if (options.Has('v')) Console.WriteLine($"Mail Delivery Status Report will be mailed to <{message.Sender}>.");
        return SystemExit.Good;
    }

    private static async Task<int> FlushAsync(string? configuration, string queue, Options options, CancellationToken cancellationToken)
    {
        if (options.Operands.Count > 0) throw new FatalException(SystemExit.Usage, "flush queue mode requires no recipient");
        var what = queue.Trim();
        if (what.Length > 0 && what[0] is 'R' or 'I') return await PostqueueProgram.FlushAsync(Site.Find(configuration), what[0] == 'R' ? what[1..] : null, what[0] == 'I' ? what[1..] : null, cancellationToken);
        // -q1h: how often a daemon looks; ours is told by its configuration.
        return what.Length > 0 ? SystemExit.Good : await PostqueueProgram.FlushAsync(Site.Find(configuration), null, null, cancellationToken);
    }

    private static string Sender(Options options)
    {
        var text = (options.Find('f') ?? options.Find('r'))!.Trim();
        if (text is "" or "<>") return "";
        var addresses = AddressList.Read(text);
        return addresses is [var one] ? one : throw new FatalException(SystemExit.Usage, $"-f option specified malformed sender: {text}");
    }

    private static Notify Notify(Options options)
    {
        // As Postfix, -v asks for a report of the delivery.
        if (options.Find('N') is not { } text) return options.Has('v') ? Sdk.Notify.Success | Sdk.Notify.Failure | Sdk.Notify.Delay : Sdk.Notify.Unspecified;
        var notify = Sdk.Notify.Unspecified;
        foreach (var word in text.Split([',', ' ', '\t'], StringSplitOptions.RemoveEmptyEntries))
        {
            notify |= word.ToLowerInvariant() switch
            {
                "never" => Sdk.Notify.Never,
                "success" => Sdk.Notify.Success,
                "failure" => Sdk.Notify.Failure,
                "delay" => Sdk.Notify.Delay,
                _ => throw new FatalException(SystemExit.Usage, $"bad -N option value -- specify never, or success, failure and delay: {word}"),
            };
        }
        return notify == Sdk.Notify.Unspecified || (notify.HasFlag(Sdk.Notify.Never) && notify != Sdk.Notify.Never) ? throw new FatalException(SystemExit.Usage, "bad -N option value -- never stands alone") : notify;
    }

    private static Ret Ret(string text) => text.ToLowerInvariant() switch
    {
        "full" => Sdk.Ret.Full,
        "hdrs" => Sdk.Ret.Headers,
        _ => throw new FatalException(SystemExit.Usage, "bad -R option value -- specify full or hdrs"),
    };

    private static BodyType Body(string text) => text.ToUpperInvariant() switch
    {
        "7BIT" => BodyType.SevenBit,
        "8BITMIME" => BodyType.EightBitMime,
        _ => throw new FatalException(SystemExit.Usage, $"invalid -B option: {text}; specify 7BIT or 8BITMIME"),
    };
}
