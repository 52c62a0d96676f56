using System.Security.Cryptography;
using PolicyMTA.Filters.Dkim.Signing;
using PolicyMTA.Sdk;

namespace PolicyMTA.Filters.Dkim;

/// <summary>The milter <c>dkim</c>: at the end of a message of somebody else's it verifies the signatures and leaves their results; mail of our own people it signs when nothing will change any more.</summary>
internal sealed class DkimMilter(string name, DkimOptions options, SigningKeys? keys, IDnsResolver dns, TimeProvider time) : IMilter
{
    private readonly DkimRules _rules = options.Rules;
    private readonly SigningStyle _style = options.Style;
    private readonly bool _verifies = options.Verifies;
    private readonly SigningKeys? _keys = keys;

    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public ValueTask<IMilterSession?> StartAsync(ClientContext context, CancellationToken cancellationToken) => new(new Session(this));

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async ValueTask VerifyAsync(EndOfDataContext context, CancellationToken cancellationToken)
    {
        await using var stream = context.Message.OpenRead();
        var results = await MessagePass.VerifyAsync(stream, _rules, dns, time, cancellationToken);
        if (results.Count == 0) results.Add(DkimResult.None);
        foreach (var result in results) context.Results.Add(result.ToAuthenticationResult());
    }

    private async ValueTask SignAsync(EndOfDataContext context, SigningKeys from, CancellationToken cancellationToken)
    {
        var message = context.Message;
        // Who several authors or none write is nobody's mail to sign.
        if (message.Headers.Count(field => field.Name.Equals("From", StringComparison.OrdinalIgnoreCase)) != 1) return;
        if (!FromField.TryRead(message.FindHeader("From")!.Value, out var authors) || authors.Count != 1) return;
        var requests = from.Find(authors[0]);
        if (requests.Count == 0) return;
        using var body = new BodyHash(_style.IsBodyRelaxed, HashAlgorithmName.SHA256);
        await using (var stream = message.OpenBody()) await MessagePass.ReadAsync(stream, bytes => body.Write(bytes), cancellationToken);
        var (fields, hash, now) = (message.Headers.Select(field => RawField.Of(field.Name, field.Value)).ToList(), body.Finish(), time.GetUtcNow());
        // The first of the table stands on top.
        foreach (var request in requests.AsEnumerable().Reverse()) message.AddHeader("DKIM-Signature", DkimSigner.Sign(fields, hash, request, _style, now), atTop: true);
    }

    private sealed class Session(DkimMilter milter) : IMilterSession
    {
        public async ValueTask<Verdict> EndOfMessageAsync(EndOfDataContext context, IMilterEdits edits, CancellationToken cancellationToken)
        {
            if (milter._verifies && !IsOurs(context)) await milter.VerifyAsync(context, cancellationToken);
            return Verdict.Dunno;
        }

        public ValueTask SignAsync(EndOfDataContext context, CancellationToken cancellationToken) =>
            milter._keys is { } from && IsOurs(context) ? milter.SignAsync(context, from, cancellationToken) : ValueTask.CompletedTask;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        private static bool IsOurs(EndOfDataContext context) => context is LocalSubmissionContext || context.Sasl is not null || context.Client.IsInMyNetworks;
    }
}
