using System.Security.Cryptography;
using PolicyMTA.Filters.Dkim.Signing;
using PolicyMTA.Sdk;

namespace PolicyMTA.Filters.Dkim.Arc;

/// <summary>
/// The milter <c>arc</c>: validates the chain of a message of somebody else's and leaves its result; with a key, it adds a set of ours, so that whoever gets the message from us can see what we found.
/// </summary>
internal sealed class ArcMilter(string name, DkimRules rules, SigningStyle style, Func<SignatureRequest>? sealer, string authservId, IDnsResolver dns, TimeProvider time) : IMilter
{
    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public ValueTask<IMilterSession?> StartAsync(ClientContext context, CancellationToken cancellationToken) => new(new Session(this));

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async ValueTask<ArcResult> VerifyAsync(IMessage message, CancellationToken cancellationToken)
    {
        await using var stream = message.OpenRead();
        var (start, header) = await MessagePass.ReadHeaderAsync(stream, cancellationToken);
        using var verifier = new ArcVerifier(header, rules);
        if (verifier.NeedsBody)
        {
            verifier.WriteBody(start.Span[header.BodyStart..]);
            await MessagePass.ReadAsync(stream, verifier.WriteBody, cancellationToken);
        }
        return await verifier.FinishAsync(dns, cancellationToken);
    }

    private async ValueTask SealAsync(EndOfDataContext context, ArcResult found, SignatureRequest request, CancellationToken cancellationToken)
    {
        var message = context.Message;
        using var body = new BodyHash(isRelaxed: true, HashAlgorithmName.SHA256);
        await using (var stream = message.OpenBody()) await MessagePass.ReadAsync(stream, bytes => body.Write(bytes), cancellationToken);
        var fields = message.Headers.Select(field => RawField.Of(field.Name, field.Value)).ToList();
        var names = style.Fields.Append("DKIM-Signature").SelectMany(named => Enumerable.Repeat(named, fields.Count(field => field.Is(named)))).ToList();
        var results = $"{authservId}; {string.Join("; ", context.Results.Items)}";
        if (ArcSealer.Seal(fields, body.Finish(), found, results, request, names, time.GetUtcNow()) is not { } set) return;
        message.AddHeader(ArcChain.ResultsName, set.Results, atTop: true);
        message.AddHeader(ArcChain.MessageName, set.Message, atTop: true);
        message.AddHeader(ArcChain.SealName, set.Seal, atTop: true);
    }

    private sealed class Session(ArcMilter milter) : IMilterSession
    {
        private ArcResult? _found;

        public async ValueTask<Verdict> EndOfMessageAsync(EndOfDataContext context, IMilterEdits edits, CancellationToken cancellationToken)
        {
            _found = null;
            if (context is LocalSubmissionContext || context.Sasl is not null || context.Client.IsInMyNetworks) return Verdict.Dunno;
            _found = await milter.VerifyAsync(context.Message, cancellationToken);
            context.Results.Add(new AuthenticationResult("arc", _found.Word, _found.Reason)
            {
                Properties = _found.Chain.Sets is [.., { } newest] ? [new("header.d", newest.Seal.Signature.Domain)] : [],
            });
            return Verdict.Dunno;
        }

        public async ValueTask SignAsync(EndOfDataContext context, CancellationToken cancellationToken)
        {
            if (_found is { } found && milter.Sealer is { } request) await milter.SealAsync(context, found, request(), cancellationToken);
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private Func<SignatureRequest>? Sealer => sealer;
}
