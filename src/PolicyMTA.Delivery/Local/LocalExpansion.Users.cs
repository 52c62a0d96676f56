using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Local;

/// <summary>The second half of an expansion: a name that is no alias.</summary>
internal sealed partial class LocalExpansion
{
    private static readonly EnhancedStatus UnknownUser = new(5, 1, 1), UserTrouble = new(4, 0, 0);

    private async ValueTask DeliverToUserAsync(LocalRecipient recipient, ExpansionScope scope)
    {
        if (await TryForwardAsync(recipient, scope)) return;
        await DeliverToMailboxAsync(recipient, scope);
    }

    private async ValueTask<bool> TryForwardAsync(LocalRecipient recipient, ExpansionScope scope)
    {
        if (_settings.ForwardPath.Count == 0 || await FindAccountAsync(recipient.User) is not { } user) return false;
        var (paths, extended) = ForwardPaths(recipient, user);
        if (await site.Files.ReadForwardAsync(message.Id, paths, user) is not { } forward) return false;
        if (isProbe)
        {
            Probed = (Delivered, $"forward via file: {forward.Path}");
            return true;
        }
        // Met again, by way of another name, it has been done; within itself it is the user's own mailbox.
        if (!_seen.Add("forward " + forward.Path)) return _seen.Contains("forward-done " + forward.Path);
        if (forward.Tokens.Count == 0) return false;
        var propagates = Propagates("forward") && !extended.Contains(forward.Path);
        await TakeAllAsync(recipient, forward.Tokens, (scope with
        {
            Kind = "forward", ExpandingFrom = recipient.Name, Owner = recipient.User, User = user, Unmatched = propagates ? recipient.Tail : "",
        }).WithoutSuccess());
        _seen.Add("forward-done " + forward.Path);
        return true;
    }

    private (List<string> Paths, HashSet<string> Extended) ForwardPaths(LocalRecipient recipient, UserAccount user)
    {
        var macros = new LocalMacros(recipient, user, _settings.ForwardExpansionFilter);
        var (paths, extended) = (new List<string>(), new HashSet<string>(StringComparer.Ordinal));
        foreach (var template in _settings.ForwardPath)
        {
            if (!macros.TryExpand(template, out var path) || !Path.IsPathRooted(path)) continue;
            paths.Add(path);
            if (macros.UsedExtension) extended.Add(path);
        }
        return (paths, extended);
    }

    private async ValueTask DeliverToMailboxAsync(LocalRecipient recipient, ExpansionScope scope)
    {
        if (!_seen.Add("mailbox " + recipient.Name)) return;
        if (await TableSearch.FindAsync(_settings.MailboxTransportMaps, recipient.User, cancellationToken) is { } transport) Pass(recipient, transport, scope);
        else if (_settings.MailboxTransport.Length > 0) Pass(recipient, _settings.MailboxTransport, scope);
        else if (await FindAccountAsync(recipient.User) is { } user) Add(recipient, new LocalDestination { Mailbox = user.Name }, scope);
        else await DeliverUnknownAsync(recipient, scope);
    }

    private async ValueTask DeliverUnknownAsync(LocalRecipient recipient, ExpansionScope scope)
    {
        if (await TableSearch.FindAsync(_settings.FallbackTransportMaps, recipient.User, cancellationToken) is { } transport) Pass(recipient, transport, scope);
        else if (_settings.FallbackTransport.Length > 0) Pass(recipient, _settings.FallbackTransport, scope);
        else if (_settings.LuserRelay.Length > 0 && scope.Kind != "luser_relay") await RelayAsync(recipient, scope);
        else if (recipient.User is "postmaster" or "mailer-daemon")
        {
            Log.RequiredAlias(site.Logger, message.Id, recipient.User);
            Pass(recipient, "discard:discarded", scope);
        }
        else Fail(recipient.Address, UnknownUser, $"unknown user: \"{recipient.User}\"", scope);
    }

    private async ValueTask RelayAsync(LocalRecipient recipient, ExpansionScope scope)
    {
        new LocalMacros(recipient, null, null).TryExpand(_settings.LuserRelay, out var address);
        await ResolveAsync(Address.FromInternal(address), scope with { Kind = "luser_relay", Unmatched = "" });
    }

    // As deliver_pass of Postfix: without a next hop it is the recipient's domain.
    private void Pass(LocalRecipient recipient, string transport, ExpansionScope scope)
    {
        var route = transport.Contains(':', StringComparison.Ordinal) ? transport.Trim() : transport.Trim() + ":";
        if (route.StartsWith(LocalTransport.Name + ":", StringComparison.Ordinal)) throw new ExpansionDeferredException(Misconfigured, "mail system configuration error: transport local passes mail to itself");
        _found.Add(new ExpandedRecipient(recipient.Address, route, scope));
    }

    private async ValueTask<UserAccount?> FindAccountAsync(string user)
    {
        try { return await site.Files.RunAsync(() => site.Accounts.Find(user)); }
        catch (IOException) { throw new ExpansionDeferredException(UserTrouble, "user lookup error"); }
    }
}
