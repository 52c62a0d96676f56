using Microsoft.Extensions.Logging;
using PolicyMTA.Addressing;
using PolicyMTA.Delivery.Routing;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Local;

/// <summary>
/// Finds out what a local recipient stands for, in the order of local(8): aliases, <c>.forward</c>, mailbox transports, the mailbox, fallbacks. Nothing is delivered here: the
/// result is a list, so that an expansion that breaks off has done nothing. Used once.
/// </summary>
internal sealed partial class LocalExpansion(LocalSite site, DeliveryGeneration generation, QueuedMessage message, TraceFields trace, bool isProbe, CancellationToken cancellationToken)
{
    /// <summary>The most destinations of one recipient.</summary>
    internal const int MostDestinations = 100_000;
    // As local(8): deeper is a loop.
    private const int Deepest = 100;

    private static readonly EnhancedStatus Delivered = new(2, 0, 0), Loop = new(5, 4, 6), BadAddress = new(5, 1, 3), Restricted = new(5, 7, 1), TableTrouble = new(4, 3, 0), Misconfigured = new(4, 3, 5);

    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    private readonly List<ExpandedRecipient> _found = [];
    private readonly LocalSettings _settings = generation.Settings.Local;

    /// <summary>What a probe found, when it ended the search.</summary>
    public (EnhancedStatus Status, string Text)? Probed { get; private set; }

    /// <summary>The destinations of a recipient.</summary>
    /// <exception cref="ExpansionDeferredException">Something could not be asked now.</exception>
    public async ValueTask<IReadOnlyList<ExpandedRecipient>> ExpandAsync(QueuedRecipient recipient)
    {
        var scope = new ExpansionScope { Sender = message.Sender, Notify = recipient.Parameters.Notify };
        if (trace.Received >= _settings.HopCountLimit) return [ExpandedRecipient.Failure(recipient.Address, Loop, "too many hops", scope)];
        await ReachAsync(recipient.Address, scope);
        return _found;
    }

    // local(8), deliver_recipient: the loops that others can make are ended here.
    private async ValueTask ReachAsync(Address address, ExpansionScope scope)
    {
        scope = scope with { Depth = scope.Depth + 1 };
        if (scope.Depth > Deepest) Fail(address, Loop, "recipient nesting limit exceeded", scope);
        else if (!_seen.Add($"recipient {scope.Depth} {address}")) return;
        else if (trace.HasReached(address)) Fail(address, Loop, $"mail forwarding loop for {address}", scope);
        else if (address.Local.Length == 0) Fail(address, BadAddress, $"null username in \"{address}\"", scope);
        else await ChooseAsync(LocalRecipient.Of(address, generation.Addresses), scope);
    }

    private async ValueTask ChooseAsync(LocalRecipient recipient, ExpansionScope scope)
    {
        if (await TryAliasAsync(recipient, recipient.Name, isWhole: true, scope with { Unmatched = "" })) return;
        if (recipient.Extension is not null)
        {
            var unmatched = Propagates("alias") ? recipient.Tail : "";
            if (await TryAliasAsync(recipient, recipient.User, isWhole: false, scope with { Unmatched = unmatched })) return;
        }
        // What others forward to a user of ours gets a message of its own, so that each has its own retries.
        if ((scope.Owner is not null && !scope.Owner.Equals(recipient.User, StringComparison.OrdinalIgnoreCase)) || scope.Kind == "include") await SendOnAsync(recipient.Address, scope);
        else await DeliverToUserAsync(recipient, scope with { Unmatched = recipient.Tail });
    }

    private async ValueTask<bool> TryAliasAsync(LocalRecipient recipient, string name, bool isWhole, ExpansionScope scope)
    {
        // An alias that names itself means the user.
        if (name.Equals(scope.ExpandingFrom, StringComparison.OrdinalIgnoreCase)) return false;
        foreach (var source in _settings.AliasMaps)
        {
            if (!isWhole && !source.Table.AcceptsPartialKeys) continue;
            var result = await source.Table.FindAsync(name, cancellationToken);
            if (result.IsFailure) throw Unavailable(source.Name, result.Failure!);
            if (result.Value is not { } value) continue;
            if (isProbe) Probed = (Delivered, $"aliased to {value}");
            else await ExpandAliasAsync(recipient, name, source, value, scope);
            return true;
        }
        return false;
    }

    private async ValueTask ExpandAliasAsync(LocalRecipient recipient, string name, AliasSource source, string value, ExpansionScope scope)
    {
        var inner = (scope with { Kind = "alias", ExpandingFrom = name, User = await FindAliasOwnerAsync(source) }).WithoutSuccess();
        if (await FindListOwnerAsync(name) is { } owner)
        {
            // The null sender stays: nobody answers a report (RFC 3464 §2).
            inner = inner with { Owner = owner.ToString(), Sender = scope.Sender.IsNull ? scope.Sender : owner, Notify = Notify.Unspecified, IsList = true };
        }
        var tokens = AliasValue.Read(value);
        if (tokens.Count == 0) throw Unavailable(source.Name, $"no recipient in alias lookup result for {name}");
        await TakeAllAsync(recipient, tokens, inner);
    }

    // Commands and files of an alias file run as the file's owner; root's and those of other tables as nobody in particular.
    private async ValueTask<UserAccount?> FindAliasOwnerAsync(AliasSource source)
    {
        if (source.FindOwner is not { } find) return null;
        return await site.Files.RunAsync(() =>
        {
            var id = find();
            return id == 0 ? null : site.Accounts.Find(id) ?? throw new ExpansionDeferredException(TableTrouble, "cannot find alias database owner");
        });
    }

    private async ValueTask<Address?> FindListOwnerAsync(string name)
    {
        if (!_settings.OwnerRequestSpecial) return null;
        var owner = "owner-" + name;
        foreach (var source in _settings.AliasMaps)
        {
            var result = await source.Table.FindAsync(owner, cancellationToken);
            if (result.IsFailure) throw Unavailable(source.Name, result.Failure!);
            if (result.Value is not { } value) continue;
            var address = _settings.ExpandOwnerAlias && AliasValue.Read(value).OfType<AliasToken.Mail>().FirstOrDefault() is { } mail ? mail.Address : new Address(owner, "");
            return generation.Addresses.Complete(address);
        }
        return null;
    }

    private async ValueTask TakeAllAsync(LocalRecipient recipient, IReadOnlyList<AliasToken> tokens, ExpansionScope scope)
    {
        foreach (var token in tokens)
        {
            if (_found.Count >= MostDestinations) throw new ExpansionDeferredException(Misconfigured, $"more than {MostDestinations} destinations");
            await TakeAsync(recipient, token, scope);
        }
    }

    private ValueTask TakeAsync(LocalRecipient recipient, AliasToken token, ExpansionScope scope)
    {
        switch (token)
        {
            case AliasToken.Mail mail: return ResolveAsync(WithUnmatched(mail.Address, scope), scope with { Unmatched = "" });
            case AliasToken.Exact exact: return DeliverExactlyAsync(generation.Addresses.Complete(exact.Address), scope);
            case AliasToken.Include include: return IncludeAsync(recipient, include.Path, scope);
            case AliasToken.Command command: Command(recipient, command.Text, scope); break;
            case AliasToken.File file: FileName(recipient, file.Path, scope); break;
        }
        return ValueTask.CompletedTask;
    }

    private static Address WithUnmatched(Address address, ExpansionScope scope) => scope.Unmatched.Length == 0 ? address : address with { Local = address.Local + scope.Unmatched };

    private ValueTask DeliverExactlyAsync(Address address, ExpansionScope scope)
    {
        var recipient = LocalRecipient.Of(address, generation.Addresses);
        return recipient.User.Length == 0 ? ReachAsync(address, scope) : DeliverToMailboxAsync(recipient, scope);
    }

    private async ValueTask ResolveAsync(Address address, ExpansionScope scope)
    {
        var whole = generation.Addresses.Complete(address);
        if (whole.Local.Length == 0 || whole.Domain.Length == 0 || whole.ToString().Any(char.IsControl))
        {
            Fail(whole, BadAddress, "bad address syntax", scope);
            return;
        }
        var route = await Router.FindAsync(generation, scope.Sender, new QueuedRecipient { Number = 0, Address = whole }, cancellationToken);
        if (route.Transport == LocalTransport.Name) await ReachAsync((await generation.Addresses.ResolveAsync(whole, cancellationToken)).Address, scope);
        else await SendOnAsync(whole, scope);
    }

    // The message that goes on comes by no session: what virtual(5) makes of the address is found here.
    private async ValueTask SendOnAsync(Address address, ExpansionScope scope)
    {
        if (!_seen.Add($"indirect {address}")) return;
        switch (await generation.Addresses.ExpandAsync(address, cancellationToken))
        {
            case AliasExpansion.Expanded expanded:
                _found.AddRange(expanded.Addresses.Select(one => new ExpandedRecipient(one, null, scope)));
                break;
            default:
                Fail(address, new EnhancedStatus(5, 4, 6), "alias expansion error", scope);
                break;
        }
    }

    private async ValueTask IncludeAsync(LocalRecipient recipient, string path, ExpansionScope scope)
    {
        scope = scope with { Depth = scope.Depth + 1 };
        if (scope.Depth > Deepest)
        {
            Fail(recipient.Address, Loop, ":include: nesting limit exceeded", scope);
            return;
        }
        if (!_seen.Add($"include {scope.User?.Id} {path}")) return;
        var (tokens, owner) = await site.Files.ReadIncludeAsync(message.Id, path, scope.User is { IsRoot: false } reader ? reader : null);
        if (tokens is null)
        {
            _found.Add(DestinationFiles.Mistake(recipient.Address, scope));
            return;
        }
        // An include file of a user, in an alias of root, must not get more rights than its owner has.
        var user = scope.User;
        if (user is null or { IsRoot: true } && owner != 0)
            user = await site.Files.RunAsync(() => site.Accounts.Find(owner)) ?? throw new ExpansionDeferredException(Misconfigured, "mail system configuration error");
        await TakeAllAsync(recipient, tokens, scope with
        {
            Kind = "include", ExpandingFrom = recipient.Name, User = user, Owner = scope.Owner ?? recipient.Address.ToString(), Unmatched = Propagates("include") ? scope.Unmatched : "",
        });
    }

    private void Command(LocalRecipient recipient, string command, ExpansionScope scope)
    {
        if (!_settings.AllowMailToCommands.Contains(scope.Kind)) Fail(recipient.Address, Restricted, "mail to command is restricted", scope);
        else if (_seen.Add($"command {scope.User?.Id} {command}")) Add(recipient, new LocalDestination { Command = command, User = scope.User?.Name }, scope);
    }

    private void FileName(LocalRecipient recipient, string path, ExpansionScope scope)
    {
        if (path[0] == '~')
        {
            if (!path.StartsWith("~/", StringComparison.Ordinal)) { Fail(recipient.Address, BadAddress, $"bad home directory syntax for: {path}", scope); return; }
            if (scope.User is not { } user) { Fail(recipient.Address, BadAddress, $"unknown home directory for: {path}", scope); return; }
            path = user.Home.TrimEnd('/') + path[1..];
        }
        if (!_settings.AllowMailToFiles.Contains(scope.Kind)) Fail(recipient.Address, Restricted, "mail to file is restricted", scope);
        else if (_seen.Add($"file {scope.User?.Id} {path}")) Add(recipient, new LocalDestination { File = path, User = scope.User?.Name }, scope);
    }

    private void Add(LocalRecipient recipient, LocalDestination destination, ExpansionScope scope) => _found.Add(new ExpandedRecipient(recipient.Address, destination.ToRoute(), scope));

    private void Fail(Address address, EnhancedStatus status, string text, ExpansionScope scope)
    {
        if (_seen.Add($"failure {address} {text}")) _found.Add(ExpandedRecipient.Failure(address, status, text, scope));
    }

    private bool Propagates(string kind) => _settings.PropagateUnmatchedExtensions.Contains(kind);

    private ExpansionDeferredException Unavailable(string table, string reason)
    {
        Log.Unavailable(site.Logger, message.Id, table, reason);
        return new ExpansionDeferredException(TableTrouble, "alias database unavailable");
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "{QueueId}: alias_maps: {Table}: {Reason}")]
        public static partial void Unavailable(ILogger logger, QueueId queueId, string table, string reason);

        [LoggerMessage(Level = LogLevel.Warning, Message = "{QueueId}: required alias not found: {User}")]
        public static partial void RequiredAlias(ILogger logger, QueueId queueId, string user);
    }
}
