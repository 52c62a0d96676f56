using System.Net;
using System.Net.Sockets;
using PolicyMTA.Sdk;

namespace PolicyMTA.Filters.MilterClient;

/// <summary>
/// A session as a filter hears it: one connection for all its messages. Whatever the filter does wrong is a <see cref="TemporaryFailureException"/>, and the end of the connection.
/// </summary>
internal sealed class FilterSession : IMilterSession
{
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(1);

    private readonly FilterConnection _connection;
    private readonly Agreement _agreement;
    private readonly MacroNames _names;
    private readonly TimeProvider _time;
    private Verdict _ofConnection = Verdict.Dunno;
    private bool _isBroken;
    private bool _isInMessage;

    private FilterSession(FilterConnection connection, Agreement agreement, MacroNames names, TimeProvider time) => (_connection, _agreement, _names, _time) = (connection, agreement, names, time);

    /// <summary>Connects, agrees, and tells of the client; null when the filter wants to hear no more of it.</summary>
    /// <exception cref="TemporaryFailureException">The filter can't be had.</exception>
    internal static async ValueTask<FilterSession?> OpenAsync(EndPoint place, MacroNames names, TimeProvider time, ClientContext context, CancellationToken cancellationToken)
    {
        FilterConnection? connection = null;
        try
        {
            connection = await FilterConnection.OpenAsync(place, cancellationToken);
            await connection.SendAsync(Agreement.Letter, Agreement.Offer(), cancellationToken);
            var session = new FilterSession(connection, Agreement.Read(await connection.ReadAsync(cancellationToken)), names, time);
            var answer = await session.AskAsync(Steps.NoConnect, Steps.NoReplyToConnect, MacroStage.Connect, 'C', ClientBytes(context.Client), context, cancellationToken);
            if (answer is Verdict.PermitVerdict)
            {
                await session.DisposeAsync();
                return null;
            }
            session._ofConnection = answer;
            return session;
        }
        catch (Exception failure)
        {
            if (connection is not null) await connection.DisposeAsync();
            if (Said(failure) is { } said) throw said;
            throw;
        }
    }

    public async ValueTask<Verdict> HeloAsync(HeloContext context, CancellationToken cancellationToken)
    {
        if (_ofConnection is Verdict.Refuse) return _ofConnection;
        await AbortAsync(cancellationToken);
        return await AskAsync(Steps.NoHelo, Steps.NoReplyToHelo, MacroStage.Helo, 'H', Bytes([context.Helo!.Name]), context, cancellationToken);
    }

    public async ValueTask<Verdict> MailAsync(SenderContext context, CancellationToken cancellationToken)
    {
        if (_ofConnection is Verdict.Refuse) return _ofConnection;
        // A filter that decided early was told of no end.
        await AbortAsync(cancellationToken);
        _isInMessage = true;
        string[] texts = [FilterAddress.Write(context.Transaction.GivenSender), .. FilterParameters.Of(context.Mail)];
        return await AskAsync(Steps.NoMail, Steps.NoReplyToMail, MacroStage.Mail, 'M', Bytes(texts), context, cancellationToken);
    }

    public ValueTask<Verdict> RecipientAsync(RecipientContext context, CancellationToken cancellationToken)
    {
        string[] texts = [FilterAddress.Write(context.Recipient.Given), .. FilterParameters.Of(context.Recipient.Parameters)];
        return AskAsync(Steps.NoRecipient, Steps.NoReplyToRecipient, MacroStage.Recipient, 'R', Bytes(texts), context, cancellationToken);
    }

    public ValueTask<Verdict> DataAsync(DataContext context, CancellationToken cancellationToken) =>
        _agreement.HearsData ? AskAsync(Steps.NoData, Steps.NoReplyToData, MacroStage.Data, 'T', default, context, cancellationToken) : new(Verdict.Dunno);

    public ValueTask<Verdict> EndOfMessageAsync(EndOfDataContext context, IMilterEdits edits, CancellationToken cancellationToken) => GuardAsync(async () =>
    {
        var sender = new MessageSender(_connection, _agreement, (stage, letter, token) => SendMacrosAsync(stage, letter, context, token));
        if (await sender.SendAsync(context.Message, cancellationToken) is { } early) return early;
        await SendMacrosAsync(MacroStage.EndOfMessage, 'E', context, cancellationToken);
        await _connection.SendAsync('E', default(ReadOnlyMemory<byte>), cancellationToken);
        var list = new EditList(edits, _agreement.Has(Steps.LeadingSpace));
        var verdict = await ReadEditsAsync(list, edits, cancellationToken);
        _isInMessage = false;
        if (verdict is Verdict.DunnoVerdict or Verdict.PermitVerdict) await list.ApplyAsync(context.Message, cancellationToken);
        return verdict;
    });

    public async ValueTask AbortAsync(CancellationToken cancellationToken)
    {
        if (!_isInMessage) return;
        _isInMessage = false;
        await GuardAsync(async () =>
        {
            await _connection.SendAsync('A', default(ReadOnlyMemory<byte>), cancellationToken);
            await _connection.FlushAsync(cancellationToken);
            return Verdict.Dunno;
        });
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            if (_isBroken) return;
            using var patience = new CancellationTokenSource(Farewell, _time);
            await _connection.SendAsync('Q', default(ReadOnlyMemory<byte>), patience.Token);
            await _connection.FlushAsync(patience.Token);
        }
        catch (Exception gone) when (gone is IOException or SocketException or OperationCanceledException)
        {
            // It left before us.
        }
        finally
        {
            await _connection.DisposeAsync();
        }
    }

    private async ValueTask<Verdict> ReadEditsAsync(EditList list, IMilterEdits edits, CancellationToken cancellationToken)
    {
        while (true)
        {
            var frame = await _connection.ReadAsync(cancellationToken);
            switch (FilterReply.Read(frame))
            {
                case FilterReply.Continue: return Verdict.Dunno;
                case FilterReply.Decided decided: return decided.Verdict;
                case FilterReply.Progress: edits.Progress(); break;
                case FilterReply.Edit edit: await list.AddAsync(edit.Change, frame.Content.Length, cancellationToken); break;
                default: throw frame.Nonsense("is no answer at the end of a message");
            }
        }
    }

    private ValueTask<Verdict> AskAsync(Steps unwanted, Steps unanswered, MacroStage stage, char letter, ReadOnlyMemory<byte> content, ClientContext context, CancellationToken cancellationToken) => GuardAsync(async () =>
    {
        if (_agreement.Has(unwanted)) return Verdict.Dunno;
        await SendMacrosAsync(stage, letter, context, cancellationToken);
        await _connection.SendAsync(letter, content, cancellationToken);
        if (_agreement.Has(unanswered)) return Verdict.Dunno;
        while (true)
        {
            var frame = await _connection.ReadAsync(cancellationToken);
            switch (FilterReply.Read(frame))
            {
                case FilterReply.Continue: return Verdict.Dunno;
                case FilterReply.Progress: break;
                case FilterReply.Decided decided when decided.Verdict is not Verdict.Discard || _isInMessage: return decided.Verdict;
                default: throw frame.Nonsense("is no answer here");
            }
        }
    });

    private async ValueTask SendMacrosAsync(MacroStage stage, char letter, ClientContext context, CancellationToken cancellationToken)
    {
        var names = _agreement.Macros.GetValueOrDefault(stage) ?? _names.Lists[stage];
        var texts = Macros.Of(names, _names, context);
        if (texts.Count > 0) await _connection.SendAsync('D', Bytes(texts, letter), cancellationToken);
    }

    private async ValueTask<Verdict> GuardAsync(Func<ValueTask<Verdict>> step)
    {
        try
        {
            return await step();
        }
        catch (Exception failure)
        {
            _isBroken = true;
            if (Said(failure) is { } said) throw said;
            throw;
        }
    }

    private static TemporaryFailureException? Said(Exception failure) => failure switch
    {
        EndOfStreamException => new("it closed the connection", failure),
        InvalidDataException => new($"it does not speak the milter protocol: {failure.Message}", failure),
        IOException or SocketException => new($"it can't be reached: {failure.Message}", failure),
        ArgumentException => new($"what it changes can't be done: {failure.Message}", failure),
        _ => null,
    };

    // The name, a letter for the family, the port, the address.
    private static byte[] ClientBytes(Client client)
    {
        var isIpv6 = client.Address.AddressFamily == AddressFamily.InterNetworkV6;
        return [.. Bytes([client.Name]), (byte)(isIpv6 ? '6' : '4'), (byte)(client.Port >> 8), (byte)client.Port, .. Bytes([client.Address.ToString()])];
    }

    private static byte[] Bytes(IEnumerable<string> texts, char? first = null) =>
        System.Text.Encoding.UTF8.GetBytes(first + string.Concat(texts.Select(text => text.Replace("\0", "", StringComparison.Ordinal) + '\0')));
}
